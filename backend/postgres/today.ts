import { sql } from 'kysely'
import {
  type Hour,
  hourMs,
  hoursShown,
  quarantinedShown,
  type Today,
  type TodayReader,
  type VariantFigure,
  weekMs,
} from '../desk/today.ts'
import { spansBetween } from '../events/span.ts'
import { answersBetween, refusedBetween } from './answers.ts'
import type { Db } from './connection.ts'
import { deliveryFigures } from './delivery-figures.ts'
import { within } from './events.ts'
import { countLeads, firstOf } from './lead-counts.ts'

type LeadRow = Readonly<{ hour: Date; leads: number; suspects: number; duplicates: number }>
type Hours = ReadonlyMap<number, LeadRow>

// What is over changes little: leads that were stored late, or were erased. It is counted again this often.
const keptForMs = 10 * 60_000
const quarterMs = 15 * 60_000

/** Reads how it goes, in a time that depends on the leads of an hour and not on those of all time. */
export function createTodayReader(db: Db): TodayReader {
  let kept: Readonly<{ toMs: number; atMs: number; over: Promise<Hours> }> | undefined

  /** Counted at once for everybody who asks. */
  function quartersOver(nowMs: number, from: Date, to: Date): Promise<Hours> {
    if (kept?.toMs === to.getTime() && nowMs - kept.atMs < keptForMs) return kept.over
    const over = Promise.all([leadsByHour(db, from, to), leadsByHour(db, before(from), before(to))]).then(
      ([now, then]) => new Map([...now, ...then]),
    )
    const own = { toMs: to.getTime(), atMs: nowMs, over }
    kept = own
    over.catch(() => {
      if (kept === own) kept = undefined
    })
    return over
  }

  return {
    async read(now, experiment): Promise<Today> {
      const hour = new Date(Math.floor(now.getTime() / hourMs) * hourMs)
      const from = new Date(hour.getTime() - (hoursShown - 1) * hourMs)
      const quarter = new Date(Math.floor(now.getTime() / quarterMs) * quarterMs)
      const [over, running, ranBefore, visits, visitsBefore, untouched, quarantined, deliveries] =
        await Promise.all([
          quartersOver(now.getTime(), from, quarter),
          leadsByHour(db, quarter, now),
          leadsByHour(db, before(quarter), before(now)),
          visitsByHour(db, experiment, from, now),
          visitsByHour(db, experiment, before(from), before(now)),
          untouchedSince(db, from),
          readQuarantined(db),
          deliveryFigures(db),
        ])
      const leads = [over, running, ranBefore]
      const all = new Map([...visits, ...visitsBefore])
      const at = (ms: number): Hour => {
        const sum = (name: 'leads' | 'suspects' | 'duplicates') =>
          leads.reduce((total, hours) => total + (hours.get(ms)?.[name] ?? 0), 0)
        return {
          ...{ leads: sum('leads'), suspects: sum('suspects'), duplicates: sum('duplicates') },
          visits: all.get(ms) ?? 0,
        }
      }
      return {
        hours: Array.from({ length: hoursShown }, (_, index) => {
          const ms = from.getTime() + index * hourMs
          return { startsAt: new Date(ms), now: at(ms), before: at(ms - weekMs) }
        }),
        ...{ untouched, quarantined },
        deliveries: {
          waiting: deliveries.waiting,
          oldestWaitingS: Math.round(deliveries.oldestWaitingS),
          parked: deliveries.parked,
        },
      }
    },
    variants: (experiments, from, to) => variantsBetween(db, experiments, from, to),
    answers: (from, to) => answersBetween(db, from, to),
    refusedMost: (from, to) => refusedBetween(db, from, to),
  }
}

const before = (moment: Date) => new Date(moment.getTime() - weekMs)

/** Hour by hour: to sort all of their leads by it takes longer than to read them. */
async function leadsByHour(db: Db, from: Date, to: Date): Promise<Hours> {
  const { rows } = await sql<LeadRow>`
    select hour, counted.* from generate_series(date_bin('1 hour', ${from}::timestamptz, 'epoch'), ${to}::timestamptz, interval '1 hour') as hour
    cross join lateral (
      select count(*) filter (where duplicate_of is null)::int as leads,
             count(*) filter (where duplicate_of is null and suspect is not null)::int as suspects,
             count(*) filter (where duplicate_of is not null)::int as duplicates
      from leads where accepted_at >= greatest(hour, ${from}::timestamptz) and accepted_at < least(hour + interval '1 hour', ${to}::timestamptz)
    ) as counted`.execute(db)
  return new Map(rows.map((row) => [row.hour.getTime(), row]))
}

async function visitsByHour(
  db: Db,
  experiment: string,
  from: Date,
  to: Date,
): Promise<ReadonlyMap<number, number>> {
  const quarters = spansBetween(from, to).flatMap(({ from: first, to: last }) =>
    first && last ? [{ grain: 'quarter' as const, from: first, to: last }] : [],
  )
  const { rows } = await sql<{ hour: Date; visits: number }>`
    select date_bin('1 hour', starts_at, 'epoch') as hour, sum(events)::float8 as visits
    from event_counts
    where experiment = any(${[...new Set([experiment, ''])]}::text[]) and event_type = 'page_view' and not bot
      and ${within(quarters)}
    group by 1`.execute(db)
  return new Map(rows.map(({ hour, visits }) => [hour.getTime(), visits]))
}

async function variantsBetween(
  db: Db,
  experiments: readonly string[],
  from: Date,
  to: Date,
): Promise<readonly VariantFigure[]> {
  const { rows } = await sql<VariantFigure>`
    select experiment, variant, sum(visitors)::float8 as exposed, sum(converted)::float8 as converted
    from event_counts
    where experiment = any(${[...experiments]}::text[]) and event_type = 'exposure' and not bot
      and ${within(spansBetween(from, to))}
    group by experiment, variant order by experiment, variant`.execute(db)
  return rows
}

async function untouchedSince(db: Db, since: Date): Promise<Today['untouched']> {
  const untouched = { state: 'new', since } as const
  const [count, oldestAt] = await Promise.all([countLeads(db, untouched), firstOf(db, untouched)])
  return count && oldestAt !== undefined ? { count: count.matching, exact: count.exact, oldestAt } : null
}

async function readQuarantined(db: Db): Promise<Today['quarantined']> {
  const [{ rows: counts }, { rows }] = await Promise.all([
    sql<{ count: number }>`select count(*)::int as count from lead_quarantine`.execute(db),
    sql<{ id: string; at: Date; reason: string }>`
      select id, quarantined_at as at, reason from lead_quarantine
      order by quarantined_at desc limit ${quarantinedShown}`.execute(db),
  ])
  return { count: counts[0]!.count, latest: rows }
}
