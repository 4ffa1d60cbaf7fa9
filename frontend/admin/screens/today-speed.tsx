import { useQuery } from '@tanstack/react-query'
import { Part } from '../../ui/desk/panel.tsx'
import { Table } from '../../ui/desk/table.tsx'
import { Chart } from '../charts/chart.tsx'
import { seriesLooks } from '../charts/looks.ts'
import { type SpeedFigure, speedQuery } from '../leads.ts'
import { useLook, useWordsFrom } from '../look.tsx'
import { getSpeedToday, type SpeedToday } from '../today.ts'
import { todayWords } from '../words/today.ts'

const lookAgainMs = 60_000
const minuteS = 60
const figuresMax = 12
const hours = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'))

const soonShareOf = ({ called, called_within_5_min: soon }: SpeedToday['hours'][number]) => soon / called

/** How long leads waited for their first call, by the hour of the day in which they came. */
export function SpeedByHour() {
  const { number, share, lasting, clockHour } = useLook()
  const words = useWordsFrom(todayWords)
  const { data } = useQuery({
    queryKey: ['today', 'speed'],
    queryFn: getSpeedToday,
    refetchInterval: lookAgainMs,
  })
  if (!data || data.hours.length === 0) return null
  const byHour = new Map(data.hours.map((figure) => [figure.hour, figure]))
  const of = (pick: (figure: SpeedToday['hours'][number]) => number | null) =>
    hours.map((hour) => {
      const figure = byHour.get(hour)
      return figure ? pick(figure) : null
    })
  return (
    <Part title={words.speed}>
      <Chart
        points={hours.map((hour) => ({ name: clockHour(Number(hour)), said: clockHour(Number(hour)) }))}
        series={[
          {
            // In minutes, so that the axis is marked at whole ones.
            ...{ name: words.wait, kind: 'bars', look: seriesLooks.main },
            said: (minutes) => lasting(minutes * minuteS),
            of: of(({ median_wait_s: median }) => median && median / minuteS),
          },
          {
            ...{ name: words.soon, kind: 'line', look: seriesLooks.rate, said: share, isApart: true },
            of: of(soonShareOf),
          },
        ]}
      >
        <Table
          caption={words.speed}
          rows={data.hours}
          keyOf={({ hour }) => hour}
          columns={[
            { head: words.hour, cell: ({ hour }) => clockHour(Number(hour)) },
            { head: words.called, isFigure: true, cell: ({ called }) => number(called) },
            {
              ...{ head: words.wait, isFigure: true },
              cell: ({ median_wait_s: median }) => (median === null ? '–' : lasting(median)),
            },
            {
              ...{ head: words.soon, isFigure: true },
              cell: (figure) => share(soonShareOf(figure)),
            },
          ]}
        />
      </Chart>
    </Part>
  )
}

/** The same by whoever called first, and by the campaign that brought them. */
export function SpeedByWhom() {
  const words = useWordsFrom(todayWords)
  const { data } = useQuery({
    ...speedQuery,
    refetchInterval: lookAgainMs,
    staleTime: lookAgainMs,
  })
  if (!data?.all) return null
  return (
    <div className="grid items-start gap-6 lg:grid-cols-2">
      <SpeedOf title={words.speedByCaller} head={words.caller} figures={data.by_caller} />
      <SpeedOf title={words.speedByCampaign} head={words.campaign} figures={data.by_campaign} />
    </div>
  )
}

type SpeedOfProps = Readonly<{ title: string; head: string; figures: readonly SpeedFigure[] }>

function SpeedOf({ title, head, figures }: SpeedOfProps) {
  const { number, share, lasting } = useLook()
  const words = useWordsFrom(todayWords)
  return (
    <Part title={title}>
      <Table
        caption={title}
        rows={figures.slice(0, figuresMax)}
        keyOf={(figure) => String(figures.indexOf(figure))}
        columns={[
          { head, cell: ({ name }) => <bdi>{name ?? words.nothing}</bdi> },
          { head: words.called, isFigure: true, cell: ({ leads }) => number(leads) },
          { head: words.halfWithin, isFigure: true, cell: ({ median_s: median }) => lasting(median) },
          {
            ...{ head: words.soon, isFigure: true },
            cell: ({ within_5_min: within, leads }) => share(within / leads),
          },
        ]}
      />
    </Part>
  )
}
