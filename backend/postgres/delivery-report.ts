import { sql } from 'kysely'
import type { DailyReport, LeadCounts } from '../deliveries/lead.ts'
import type { Db } from './connection.ts'
import { olderWorkerRuns } from './heartbeats.ts'

const tellFromHour = 7
const sourcesMax = 50

type Day = Readonly<{ date: string; since: Date; until: Date; isDue: boolean }>

/**
 * Has those who want it told how yesterday went, once, by the clock of Postgres and the zone of the installation: mailboxes
 * unless they chose other events, and whoever chose it. `now` is for whoever tries it.
 */
export async function writeDailyReports(db: Db, timeZone: string, now?: Date): Promise<void> {
  const at = now ? sql`${now.toISOString()}::timestamptz` : sql`now()`
  const { rows } = await sql<Day>`
    select to_char(day, 'YYYY-MM-DD') as date, day at time zone ${timeZone} as since,
           (day + interval '1 day') at time zone ${timeZone} as until,
           extract(hour from local) >= ${tellFromHour} as "isDue"
    from (select ${at} at time zone ${timeZone} as local) as clock
    cross join lateral (select date_trunc('day', local) - interval '1 day' as day) as yesterday`.execute(db)
  const { date, since, until, isDue } = rows[0]!
  if (!isDue) return
  // Ids of leads begin with their moment; this one is of none.
  const reportId = `00000000-0000-7000-8000-0000${date.replaceAll('-', '')}`
  const { rows: endpoints } = await sql<{ id: string }>`
    select id from delivery_endpoints
    where (wanted -> 'events' ? 'report.daily' or (target = 'email' and not wanted ? 'events')) and created_at < ${until}
      and not exists (
        select from deliveries where endpoint_id = id and lead_id = ${reportId}::uuid and event = 'report.daily')
      and wanted ->> 'notices' is distinct from 'only' and not ${olderWorkerRuns}`.execute(db)
  if (endpoints.length === 0) return
  const report: DailyReport = { date, time_zone: timeZone, ...(await countsBetween(db, since, until)) }
  await sql`
    insert into deliveries (endpoint_id, lead_id, event, written_at, told)
    select id, ${reportId}::uuid, 'report.daily', ${at}, ${JSON.stringify({ report })}::jsonb
    from unnest(${endpoints.map(({ id }) => id)}::uuid[]) as given (id)
    on conflict do nothing`.execute(db)
}

async function countsBetween(db: Db, since: Date, until: Date) {
  const { rows } = await sql<LeadCounts & Readonly<{ source: string }>>`
    select coalesce(attribution ->> 'utm_source', '') as source,
           count(*) filter (where duplicate_of is null and state not in ('suspect', 'corrected'))::int as leads,
           count(*) filter (where duplicate_of is not null)::int as duplicates,
           count(*) filter (where duplicate_of is null and state = 'suspect')::int as suspects
    from leads where accepted_at >= ${since} and accepted_at < ${until}
    group by 1 order by leads desc, source`.execute(db)
  const sum = (pick: (row: LeadCounts) => number) => rows.reduce((all, row) => all + pick(row), 0)
  return {
    leads: sum(({ leads }) => leads),
    duplicates: sum(({ duplicates }) => duplicates),
    suspects: sum(({ suspects }) => suspects),
    by_source: rows.slice(0, sourcesMax),
  }
}
