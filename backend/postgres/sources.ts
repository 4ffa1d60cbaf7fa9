import { sql } from 'kysely'
import {
  type SourceDimension,
  type SourceFigure,
  type SourcesReader,
  type TimePoint,
  type Touch,
  touchDimensions,
  waitUnitS,
} from '../desk/sources.ts'
import { spansBetween } from '../events/span.ts'
import { percentileOf } from '../events/vitals.ts'
import type { Db } from './connection.ts'
import { eachBucketSummed, within } from './events.ts'

type Row = Readonly<{
  value: string
  visits: number
  leads: number
  suspects: number
  duplicates: number
  corrected: number
  called: number
  called_soon: number
}>
type WaitRow = Readonly<{ value: string; buckets: readonly number[] }>

/** Reads what `source-counts.ts` has counted, by whole days of UTC and by quarters of an hour at both ends. */
export function createSourcesReader(db: Db): SourcesReader {
  return {
    async read({ dimension, touch, from, to }) {
      const counted = countedBy(dimension, touch)
      const inRange = within(spansBetween(from, to))
      const [{ rows }, { rows: waits }, { rows: progress }] = await Promise.all([
        sql<Row>`
          select value, sum(visits) filter (where dimension = ${dimension})::float8 as visits,
            ${sql.join(counts.map((name) => sql`coalesce(sum(${sql.ref(name)}) filter (where dimension = ${counted}), 0)::float8 as ${sql.ref(name)}`))}
          from source_counts where dimension = any(${[...new Set([dimension, counted])]}::text[]) and ${inRange}
          group by value order by leads desc, visits desc nulls last, value`.execute(db),
        sql<WaitRow>`
          select value, array[${eachBucketSummed}]::float8[] as buckets
          from source_waits where dimension = ${counted} and ${inRange} group by value`.execute(db),
        sql<{ at: Date | null }>`select counted_at as at from source_progress`.execute(db),
      ])
      const bucketsOf = new Map(waits.map(({ value, buckets }) => [value, buckets]))
      const figures = rows.map((row) => figureOf(row, bucketsOf.get(row.value)))
      const all = waits.reduce<readonly number[]>(
        (sum, { buckets }) => buckets.map((count, index) => count + (sum[index] ?? 0)),
        [],
      )
      const sum = (pick: (figure: SourceFigure) => number) =>
        figures.reduce((total, figure) => total + pick(figure), 0)
      return {
        figures,
        total: {
          visits: sum(({ visits }) => visits),
          leads: sum(({ leads }) => leads),
          suspects: sum(({ suspects }) => suspects),
          duplicates: sum(({ duplicates }) => duplicates),
          corrected: sum(({ corrected }) => corrected),
          called: sum(({ called }) => called),
          calledSoon: sum(({ calledSoon }) => calledSoon),
          medianWaitS: medianOf(all),
        },
        countedAt: progress[0]!.at,
      }
    },

    async overTime({ dimension, touch, value, edges }) {
      const spans = edges
        .slice(0, -1)
        .flatMap((from, place) => spansBetween(from, edges[place + 1]).map((span) => ({ ...span, place })))
      const { rows } = await sql<TimePoint & { place: number }>`
        select place, coalesce(sum(visits) filter (where dimension = ${dimension}), 0)::float8 as visits,
          coalesce(sum(leads) filter (where dimension = ${countedBy(dimension, touch)}), 0)::float8 as leads
        from unnest(
          ${spans.map(({ place }) => place)}::int[], ${spans.map(({ grain }) => grain)}::text[],
          ${spans.map(({ from }) => from!)}::timestamptz[], ${spans.map(({ to }) => to!)}::timestamptz[]
        ) as span (place, of_grain, starts, ends)
        join source_counts on grain = of_grain and starts_at >= starts and starts_at < ends
          and dimension = any(${[...new Set([dimension, countedBy(dimension, touch)])]}::text[])
          ${value === undefined ? sql`` : sql`and value = ${value}`}
        group by place`.execute(db)
      const found = new Map(rows.map(({ place, ...point }) => [place, point]))
      return edges.slice(1).map((_, place) => found.get(place) ?? { visits: 0, leads: 0 })
    },

    async speedByHour({ from, to, timeZone }) {
      const hour = sql`to_char(starts_at at time zone ${timeZone}, 'HH24')`
      const inRange = sql`
        dimension = ${speedDimension} and grain = 'quarter' and starts_at >= ${from} and starts_at < ${to}`
      const [{ rows }, { rows: waits }] = await Promise.all([
        sql<{ hour: string; called: number; calledSoon: number }>`
          select ${hour} as hour, sum(called)::float8 as called, sum(called_soon)::float8 as "calledSoon"
          from source_counts where ${inRange} group by 1 having sum(called) > 0 order by 1`.execute(db),
        sql<{ hour: string; buckets: readonly number[] }>`
          select ${hour} as hour, array[${eachBucketSummed}]::float8[] as buckets
          from source_waits where ${inRange} group by 1`.execute(db),
      ])
      const bucketsOf = new Map(waits.map((row) => [row.hour, row.buckets]))
      return rows.map((row) => ({ ...row, medianWaitS: medianOf(bucketsOf.get(row.hour) ?? []) }))
    },
  }
}

// Each lead is counted once by each; of this there are the fewest values.
const speedDimension = 'language'

/** The name under which leads are counted; visits are counted under the dimension itself. */
const countedBy = (dimension: SourceDimension, touch: Touch): string =>
  touch === 'first' && touchDimensions.some((each) => each === dimension) ? `first_${dimension}` : dimension

const counts = ['leads', 'suspects', 'duplicates', 'corrected', 'called', 'called_soon']

const figureOf = ({ called_soon, visits, ...row }: Row, buckets: readonly number[] = []): SourceFigure => ({
  ...row,
  visits: visits ?? 0,
  calledSoon: called_soon,
  medianWaitS: medianOf(buckets),
})

function medianOf(buckets: readonly number[]): number | null {
  const median = percentileOf(buckets, 0.5)
  return median === null ? null : Math.round(median * waitUnitS)
}
