import { sql } from 'kysely'
import { acceptedAtMs } from '../batching/ids.ts'
import type { LeadStep, SpeedFigure, SpeedToLead } from '../desk/work.ts'
import type { Db } from './connection.ts'

const stepsMax = 200

/** What has become of a lead, the latest first: how it came, what operators did, and whom it was told to. */
export async function timelineOf(db: Db, id: string): Promise<readonly LeadStep[]> {
  const { rows } = await sql<{ at: Date; kind: LeadStep['kind']; by: string | null; what: LeadStep['what'] }>`
    select * from (
      select accepted_at as at, 'came' as kind, null as by, null::jsonb as what from leads
      where id = ${id} and accepted_at = ${new Date(acceptedAtMs(id))}
      union all
      select stored_at, 'stored', null, null from leads
      where id = ${id} and accepted_at = ${new Date(acceptedAtMs(id))}
      union all
      select at, 'done', actor_name, jsonb_build_object('action', action, 'before', before, 'after', after - 'phone_hash')
      from audit_log where subject = ${id} and subject <> ''
      union all
      select made.changed_at, 'done', job.by->>'name', jsonb_build_object(
        'action', case when job.change ? 'state' then 'lead.state_changed' else 'lead.assigned' end,
        'before', jsonb_build_object('state', made.before->'state'), 'after', job.change - 'owner')
      from lead_bulk_leads as made join lead_bulks as job on job.id = made.bulk_id
      where made.lead_id = ${id} and made.changed_at is not null
      union all
      select made.undone_at, 'done', job.undone_by->>'name', jsonb_build_object('action', 'bulk.undone')
      from lead_bulk_leads as made join lead_bulks as job on job.id = made.bulk_id
      where made.lead_id = ${id} and made.undone_at is not null
      union all
      select at, 'told', endpoint.name,
        jsonb_build_object('event', event, 'outcome', outcome, 'status', status, 'because', tried.because)
      from delivery_attempts as tried join delivery_endpoints as endpoint on endpoint.id = endpoint_id
      where lead_id = ${id}
    ) as steps order by at desc limit ${stepsMax}`.execute(db)
  return rows.map(({ at, kind, by, what }) => ({
    ...{ at, kind },
    ...(by && { by }),
    ...(what && { what }),
  }))
}

type SpeedRow = Readonly<{
  of: 'all' | 'caller' | 'campaign' | 'hour'
  name: string | null
  leads: number
  median_s: number
  within: number
}>

/** How long leads waited for their first call, of those that came since a moment and were called. */
export async function speedSince(db: Db, since: Date, timeZone: string): Promise<SpeedToLead> {
  const { rows } = await sql<SpeedRow>`
    with called as (
      select extract(epoch from work.first_called_at - work.accepted_at)::float8 as seconds, operators.id as caller,
        operators.name as caller_name,
        leads.attribution->>'utm_campaign' as campaign,
        to_char(work.accepted_at at time zone ${timeZone}, 'HH24') as hour
      from lead_work as work
      join leads on leads.id = work.lead_id and leads.accepted_at = work.accepted_at
      left join operators on operators.id = coalesce(work.first_called_by, work.owner_id)
      where work.accepted_at >= ${since} and work.first_called_at is not null
    )
    select case when grouping(caller) = 0 then 'caller' when grouping(campaign) = 0 then 'campaign'
        when grouping(hour) = 0 then 'hour' else 'all' end as of,
      coalesce(case when grouping(caller) = 0 then max(caller_name) end, campaign, hour) as name, count(*)::int as leads,
      percentile_cont(0.5) within group (order by seconds) as median_s,
      count(*) filter (where seconds <= 300)::int as within
    from called group by grouping sets ((), (caller), (campaign), (hour)) having count(*) > 0
    order by 1, leads desc`.execute(db)
  const figures = (of: SpeedRow['of']): SpeedFigure[] =>
    rows
      .filter((row) => row.of === of)
      .map(({ name, leads, median_s, within }) => ({
        ...{ name, leads, medianS: median_s, withinFiveMinutes: within },
      }))
  const [all] = figures('all')
  return {
    ...(all && { all }),
    byCaller: figures('caller'),
    byCampaign: figures('campaign'),
    byHour: figures('hour').sort((one, other) => (one.name ?? '').localeCompare(other.name ?? '')),
  }
}
