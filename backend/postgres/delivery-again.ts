import { sql } from 'kysely'
import type { ReplayRange } from '../deliveries/ports.ts'
import type { DbOrTransaction } from './connection.ts'

/** So many a second are due of what is sent again, so that a receiver that has just come back is not flooded. */
export const recoveredPerSecond = 100

/**
 * Makes due again what waits for another try or was given up, of what was written at `since` or later; the attempts
 * begin anew. What is due already at a receiver that is sent to is not put off by it. Resolves with how many.
 */
export async function recover(
  db: DbOrTransaction,
  endpointId: string,
  since: Date | undefined,
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    with theirs as (
      select lead_id, event, written_at, deliveries.state = 'waiting' and next_attempt_at <= now() and exists (
          select from delivery_endpoints where id = endpoint_id and delivery_endpoints.state = 'on') as is_due
      from deliveries
      where endpoint_id = ${endpointId} and state in ('waiting', 'parked')
        and written_at >= ${since?.toISOString() ?? '-infinity'}::timestamptz
      order by endpoint_id, lead_id, event for update
    ), again as (
      select lead_id, event, is_due, row_number() over (partition by is_due order by written_at) - 1 as place from theirs
    ), made as (
      update deliveries as kept
      set state = 'waiting', attempts = 0, settled_at = null,
          next_attempt_at = case when is_due then kept.next_attempt_at
            else now() + make_interval(secs => again.place / ${recoveredPerSecond}::float8) end
      from again
      where kept.endpoint_id = ${endpointId} and kept.lead_id = again.lead_id and kept.event = again.event
      returning 1
    )
    select count(*)::int as count from made`.execute(db)
  return rows[0]!.count
}

/**
 * Makes due once more what was delivered or given up, under the same ids and with the secret of today. Without `really`
 * it only counts them.
 */
export async function replay(
  db: DbOrTransaction,
  endpointId: string,
  { leadId, since, until }: ReplayRange,
  really: boolean,
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    with theirs as (
      select lead_id, event, written_at from deliveries
      where endpoint_id = ${endpointId} and state in ('delivered', 'parked', 'withheld') and event <> 'operator.notice'
        and (${leadId ?? null}::uuid is null or lead_id = ${leadId ?? null}::uuid)
        and written_at >= ${since?.toISOString() ?? '-infinity'}::timestamptz
        and written_at < ${until?.toISOString() ?? 'infinity'}::timestamptz
      order by endpoint_id, lead_id, event ${really ? sql`for update` : sql``}
    ), again as (
      select lead_id, event, row_number() over (order by written_at) - 1 as place from theirs
    ), made as (
      update deliveries as kept
      set state = 'waiting', attempts = 0, settled_at = null,
          next_attempt_at = now() + make_interval(secs => again.place / ${recoveredPerSecond}::float8)
      from again
      where kept.endpoint_id = ${endpointId} and kept.lead_id = again.lead_id and kept.event = again.event and ${really}
      returning 1
    )
    select case when ${really} then (select count(*) from made) else (select count(*) from again) end::int as count`.execute(
    db,
  )
  return rows[0]!.count
}
