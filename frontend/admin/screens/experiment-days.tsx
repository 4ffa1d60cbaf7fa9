import { Part } from '../../ui/desk/panel.tsx'
import { type Column, Table } from '../../ui/desk/table.tsx'
import { Chart } from '../charts/chart.tsx'
import { variantLooks } from '../charts/looks.ts'
import type { Results } from '../experiments.ts'
import { useLook, useWordsFrom } from '../look.tsx'
import { experimentWords } from '../words/experiments.ts'

const utc = 'UTC'
const variantsDrawn = variantLooks.length
const dayMs = 86_400_000

type Day = Readonly<{ day: string; exposed: readonly number[]; rates: readonly (number | null)[] }>

/** The conversion of each variant up to each day: early days swing, and settle. */
export function ExperimentDays({ results }: Readonly<{ results: Results }>) {
  const { number, share, inZone } = useLook()
  const words = useWordsFrom(experimentWords)
  const variants = results.variants.map(({ variant }) => variant)
  const days = upToEach(results.days, variants)
  if (days.length < 2) return null
  const { day: dayOf, shortDay } = inZone(utc)
  return (
    <Part title={words.overTime}>
      <Chart
        points={days.map(({ day }) => ({ name: shortDay(day), said: dayOf(day) }))}
        series={variants.slice(0, variantsDrawn).map((name, place) => ({
          ...{ name, kind: 'line', look: variantLooks[place]!, said: share },
          of: days.map(({ rates }) => rates[place] ?? null),
        }))}
      >
        <Table
          caption={words.overTime}
          rows={days.toReversed()}
          keyOf={({ day }) => day}
          columns={[
            { head: words.day, cell: ({ day }) => dayOf(day) },
            ...variants.map(
              (name, place): Column<Day> => ({
                ...{ head: name, isFigure: true },
                cell: ({ rates, exposed }) => {
                  const rate = rates[place]
                  return rate === null || rate === undefined
                    ? '–'
                    : words.ofShown(share(rate), number(exposed[place]!))
                },
              }),
            ),
          ]}
        />
      </Chart>
    </Part>
  )
}

/** The sums up to the end of each day, those on which nobody came among them. */
function upToEach(days: Results['days'], variants: readonly string[]): Day[] {
  const byDay = new Map(days.map((each) => [each.day, each.variants]))
  const sums = variants.map(() => ({ exposed: 0, converted: 0 }))
  const first = days[0]?.day
  const last = days.at(-1)?.day
  if (first === undefined || last === undefined) return []
  const found: Day[] = []
  for (let atMs = Date.parse(first); atMs <= Date.parse(last); atMs += dayMs) {
    const day = new Date(atMs).toISOString().slice(0, 10)
    for (const [place, name] of variants.entries()) {
      const of = byDay.get(day)?.[name]
      sums[place]!.exposed += of?.exposed ?? 0
      sums[place]!.converted += of?.converted ?? 0
    }
    found.push({
      day,
      exposed: sums.map(({ exposed }) => exposed),
      rates: sums.map(({ exposed, converted }) => (exposed === 0 ? null : converted / exposed)),
    })
  }
  return found
}
