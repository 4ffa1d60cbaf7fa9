import { sql } from 'kysely'
import { type SourceFigure, type SourcesReader, waitUnitS } from '../desk/sources.ts'
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
      const counted = touch === 'first' && dimension !== 'language' ? `first_${dimension}` : dimension
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
  }
}

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
