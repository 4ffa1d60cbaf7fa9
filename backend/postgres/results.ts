import { sql } from 'kysely'
import { spansBetween } from '../events/span.ts'
import type { Change, ResultsReader } from '../experiments/results/ports.ts'
import type { Tally } from '../experiments/results/tally.ts'
import type { Db } from './connection.ts'
import { within } from './events.ts'

type Row = Readonly<{
  day: string
  variant: string
  bot: boolean
  events: number
  exposed: number
  converted: number
}>

const changesRead = 100

/** Reads the counts of an experiment by day, in a number of rows that depends on the days and not on the visitors. */
export function createResultsReader(db: Db): ResultsReader {
  return {
    async counted(experiment, since) {
      const inRange = within(spansBetween(since, undefined))
      const { rows: shown } = await sql<{ device: string; variant: string; visitors: number }>`
        select device, variant, sum(visitors)::float8 as visitors
        from exposure_counts where experiment = ${experiment} and ${inRange} group by device, variant`.execute(
        db,
      )
      const { rows } = await sql<Row>`
        select to_char(starts_at at time zone 'UTC', 'YYYY-MM-DD') as day, variant, bot, sum(events)::float8 as events,
               sum(visitors)::float8 as exposed, sum(converted)::float8 as converted
        from event_counts
        where experiment = ${experiment} and event_type = 'exposure' and ${inRange}
        group by 1, 2, 3 order by 1`.execute(db)
      const days = new Map<string, Map<string, Tally>>()
      const robots = new Map<string, number>()
      for (const { day, variant, bot, events, exposed, converted } of rows) {
        if (bot) robots.set(variant, (robots.get(variant) ?? 0) + events)
        else days.set(day, (days.get(day) ?? new Map()).set(variant, { exposed, converted }))
      }
      const byDevice = new Map<string, Map<string, number>>()
      for (const { device, variant, visitors } of shown)
        byDevice.set(device, (byDevice.get(device) ?? new Map()).set(variant, visitors))
      return { days: [...days].map(([day, tallies]) => ({ day, tallies })), robots, byDevice }
    },
    async changes(experiment) {
      const { rows } = await sql<Change & { before: Change['before'] | null; after: Change['after'] | null }>`
        select at, before, after from audit_log
        where subject = ${experiment} and subject <> '' and action in ('experiment.changed', 'experiment.removed')
        order by id desc limit ${changesRead}`.execute(db)
      return rows.map(({ at, before, after }) => ({ at, ...(before && { before }), ...(after && { after }) }))
    },
  }
}
