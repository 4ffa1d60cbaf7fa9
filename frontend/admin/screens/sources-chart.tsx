import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Choice } from '../../ui/desk/field.tsx'
import { Part } from '../../ui/desk/panel.tsx'
import { Table } from '../../ui/desk/table.tsx'
import { Chart } from '../charts/chart.tsx'
import { seriesLooks } from '../charts/looks.ts'
import { Fault } from '../faults.tsx'
import { useLook, useWordsFrom } from '../look.tsx'
import { getOverTime, type OverTime, rateOf, type SourcesView } from '../sources.ts'
import { sourcesWords } from '../words/sources.ts'

type Props = Readonly<{
  view: SourcesView
  /** What there is to choose from, with their names. */
  values: readonly Readonly<{ value: string; name: string }>[]
  onChange(change: SourcesView): void
}>

/** Leads and conversion over the time that is chosen, of all or of one value. */
export function SourcesOverTime({ view, values, onChange }: Props) {
  const words = useWordsFrom(sourcesWords)
  const { sort: _, ...asked } = view
  const found = useQuery({
    queryKey: ['sources', 'over-time', asked],
    queryFn: () => getOverTime(asked),
    placeholderData: keepPreviousData,
  })
  return (
    <Part title={words.overTime}>
      <div className="not-printed max-w-72">
        <Choice
          label={words.of}
          value={view.value ?? ''}
          onChange={({ target }) => onChange({ value: target.value })}
        >
          <option value="">{words.total}</option>
          {view.value && !values.some(({ value }) => value === view.value) && (
            <option value={view.value}>{view.value}</option>
          )}
          {values.map(({ value, name }) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </Choice>
      </div>
      <Fault error={found.error} ofView />
      {found.data && <Drawn of={found.data} />}
    </Part>
  )
}

function Drawn({ of: { points, step, time_zone: timeZone } }: Readonly<{ of: OverTime }>) {
  const { number, share, inZone } = useLook()
  const words = useWordsFrom(sourcesWords)
  const { hour, shortDay, day } = inZone(timeZone)
  const below = step === 'hour' ? hour : shortDay
  const said = (startsAt: string) =>
    step === 'hour' ? `${day(startsAt)} ${hour(startsAt)}` : words.steps[step](day(startsAt))
  const rates = points.map(rateOf)
  const leads = {
    ...{ name: words.leads, kind: 'bars' as const, look: seriesLooks.main, said: number },
    of: points.map((point) => point.leads),
  }
  const conversion = {
    ...{ name: words.conversion, kind: 'line' as const, look: seriesLooks.rate, said: share, isApart: true },
    of: rates,
  }
  return (
    <Chart
      points={points.map(({ starts_at }) => ({ name: below(starts_at), said: said(starts_at) }))}
      series={rates.some((rate) => rate !== null) ? [leads, conversion] : [leads]}
    >
      <Table
        caption={words.overTime}
        rows={points.toReversed()}
        keyOf={({ starts_at }) => starts_at}
        columns={[
          { head: words.time, cell: ({ starts_at }) => said(starts_at) },
          { head: words.visits, isFigure: true, cell: ({ visits }) => number(visits) },
          { head: words.leads, isFigure: true, cell: (point) => number(point.leads) },
          {
            ...{ head: words.conversion, isFigure: true },
            cell: (point) => {
              const rate = rateOf(point)
              return rate === null ? '–' : share(rate)
            },
          },
        ]}
      />
    </Chart>
  )
}
