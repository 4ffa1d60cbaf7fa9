import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Bars } from '../../ui/desk/bars.tsx'
import { Choice } from '../../ui/desk/field.tsx'
import { Notice } from '../../ui/desk/notice.tsx'
import { Part, ScreenHead } from '../../ui/desk/panel.tsx'
import { Short } from '../../ui/desk/short.tsx'
import { type Column, Table } from '../../ui/desk/table.tsx'
import { dayLater } from '../days.ts'
import { Fault } from '../faults.tsx'
import { useLook, useWordsFrom } from '../look.tsx'
import { useSession } from '../session.ts'
import {
  type Dimension,
  dimensions,
  type Figure,
  getSources,
  rateOf,
  type SourceRow,
  type SourcesView,
  type Sources as Told,
  touchDimensions,
  touches,
} from '../sources.ts'
import { sourcesWords } from '../words/sources.ts'
import { SourcesOverTime } from './sources-chart.tsx'
import { SourcesRange } from './sources-range.tsx'

const lookAgainMs = 30_000
const barsMax = 8
const valuesOffered = 20

/** Where visits and leads come from. All that is chosen stands in the address. */
export function Sources() {
  const { words: all, moment } = useLook()
  const words = useWordsFrom(sourcesWords)
  const view = useSearch({ strict: false }) as SourcesView
  const navigate = useNavigate()
  const { sort: _, value: _value, ...asked } = view
  const found = useQuery({
    queryKey: ['sources', asked],
    queryFn: () => getSources(asked),
    placeholderData: keepPreviousData,
    refetchInterval: lookAgainMs,
  })
  const show = (change: SourcesView) => {
    const search = Object.fromEntries(Object.entries({ ...view, ...change }).filter(([, value]) => value))
    void navigate({ to: '.', search: search as never, replace: true })
  }
  const { by = 'source' } = view as { by?: Dimension }
  return (
    <div className="grid gap-6">
      <ScreenHead title={words.title} {...(found.data && { about: words.about(found.data.time_zone) })} />
      <search className="not-printed grid grid-cols-2 gap-3 md:flex md:flex-wrap md:items-end">
        <Choice label={words.by} value={by} onChange={({ target }) => show({ by: target.value, value: '' })}>
          {dimensions.map((each) => (
            <option key={each} value={each}>
              {words.dimensions[each]}
            </option>
          ))}
        </Choice>
        <Choice
          label={words.touch}
          value={view.touch ?? 'last'}
          disabled={!touchDimensions.some((each) => each === by)}
          onChange={({ target }) => show({ touch: target.value })}
        >
          {touches.map((touch) => (
            <option key={touch} value={touch}>
              {words[touch]}
            </option>
          ))}
        </Choice>
        <SourcesRange view={view} told={found.data} onChange={show} />
      </search>
      <Fault error={found.error} ofView />
      {found.isPending && <p className="text-soft">{all.common.loading}</p>}
      {found.data && <Shown of={found.data} view={view} onChange={show} />}
      {found.data && (
        <p className="text-sm text-soft">
          {found.data.counted_at ? words.counted(moment(found.data.counted_at)) : words.notYet}
        </p>
      )}
    </div>
  )
}

type ShownProps = Readonly<{ of: Told; view: SourcesView; onChange(change: SourcesView): void }>

function Shown({ of: told, view, onChange }: ShownProps) {
  const words = useWordsFrom(sourcesWords)
  const { number } = useLook()
  const nameOf = useNames()
  if (told.rows.length === 0) return <Notice>{words.none}</Notice>
  const bars = told.rows.filter(({ leads }) => leads > 0).slice(0, barsMax)
  return (
    <>
      <Part title={words.chart}>
        <Bars
          bars={bars.map(({ value, leads }) => ({
            ...{ name: nameOf(value, told.by), value: leads },
            said: number(leads),
          }))}
        />
      </Part>
      <SourcesOverTime
        view={view}
        values={told.rows
          .slice(0, valuesOffered)
          .map(({ value }) => ({ value, name: nameOf(value, told.by) }))}
        onChange={onChange}
      />
      <Rows of={told} view={view} onChange={onChange} />
    </>
  )
}

const suspectShareOf = ({ leads, suspects }: Figure) =>
  leads + suspects === 0 ? null : suspects / (leads + suspects)
const soonShareOf = (figure: Figure) =>
  figure.called === 0 ? null : figure.called_within_5_min / figure.called
const orders = {
  visits: ({ visits }) => visits,
  leads: ({ leads }) => leads,
  conversion: rateOf,
  suspects: suspectShareOf,
  duplicates: ({ duplicates }) => duplicates,
  corrected: ({ corrected }) => corrected,
  wait: (figure) => figure.median_wait_s,
  soon: soonShareOf,
} as const satisfies Record<string, (figure: Figure) => number | null>
type Order = keyof typeof orders

function Rows({ of: told, view, onChange }: ShownProps) {
  const onSort = (sort: string) => onChange({ sort })
  const words = useWordsFrom(sourcesWords)
  const { number, share, lasting } = useLook()
  const { rights } = useSession()
  const nameOf = useNames()
  const [by, way] = (view.sort ?? 'leads').split('.') as [Order, string?]
  const order = orders[by] ?? orders.leads
  const descends = way !== 'up'
  const rows = told.rows.toSorted((one, other) => {
    const [mine, theirs] = [order(one) ?? -1, order(other) ?? -1]
    return descends ? theirs - mine : mine - theirs
  })
  const orNone = <Value,>(value: Value | null, say: (value: Value) => string) =>
    value === null ? '–' : say(value)
  const figure = (sort: Order, cell: Column<SourceRow>['cell']): Column<SourceRow> => ({
    ...{ head: words[sort], sort, isFigure: true, cell },
  })
  return (
    <>
      <div className="md:hidden">
        <Choice label={words.sortBy} value={by} onChange={({ target }) => onSort(target.value)}>
          {(Object.keys(orders) as Order[]).map((each) => (
            <option key={each} value={each}>
              {words[each]}
            </option>
          ))}
        </Choice>
      </div>
      <Table
        caption={words.title}
        rows={rows}
        total={{ ...told.total, value: words.total }}
        keyOf={({ value }) => value}
        sorting={{
          ...{ by, descends },
          onSort: (sort) => onSort(sort === by && descends ? `${sort}.up` : sort),
        }}
        columns={[
          {
            head: words.dimensions[told.by],
            cell: ({ value }) =>
              value === words.total || !rights.includes('leads.read') || !isFound(told.by, value, view) ? (
                <Short>{nameOf(value, told.by)}</Short>
              ) : (
                <Link
                  to="/leads"
                  search={{ [told.by]: value, since: told.from, until: dayLater(told.to, 1) } as never}
                  aria-label={words.showLeads(value)}
                  className="font-medium text-brand underline-offset-4 hover:underline"
                >
                  <Short>{value}</Short>
                </Link>
              ),
          },
          figure('visits', ({ visits }) => number(visits)),
          figure('leads', ({ leads }) => number(leads)),
          figure('conversion', (row) => orNone(rateOf(row), share)),
          figure('suspects', (row) => orNone(suspectShareOf(row), share)),
          figure('duplicates', ({ duplicates }) => number(duplicates)),
          figure('corrected', ({ corrected }) => number(corrected)),
          figure('wait', (row) => orNone(row.median_wait_s, lasting)),
          figure('soon', (row) => orNone(soonShareOf(row), share)),
        ]}
      />
    </>
  )
}

/** Whether leads can be looked for by it: by what a link said itself, and where its visitor came from the last time. */
const isFound = (by: Dimension, value: string, { touch }: SourcesView) =>
  (by === 'language' || (touch !== 'first' && (by === 'source' || by === 'campaign'))) &&
  !value.endsWith(')') &&
  !(by === 'source' && value.includes('.'))

function useNames() {
  const { words: all } = useLook()
  const words = useWordsFrom(sourcesWords)
  return (value: string, by?: Dimension) => {
    if (value === '(none)') return words.nothing
    if (value === '(other)') return words.other
    return (by === 'device' && all.leads.devices[value]) || value
  }
}
