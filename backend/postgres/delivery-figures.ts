import { sql } from 'kysely'
import type { EndpointFigures, KeptAttempt } from '../deliveries/ports.ts'
import type { Db } from './connection.ts'

/** What there is to do and what became of it, of all endpoints. `oldestWaitingS` counts only what is to be sent now. */
export type DeliveryFigures = Readonly<{
  waiting: number
  oldestWaitingS: number
  parked: number
  endpoints: number
  endpointsParked: number
  /** Nothing is sent, because the database was put back. */
  isHeld: boolean
}>

/**
 * Of a delivery that waits: whether it was tried in vain, was left out when there was a turn, or could have been sent for so
 * long. What waits for the next turn of a mailbox or a file, as it is meant to, is not overdue.
 */
export const isOverdue = (forS: number) => sql<boolean>`(
  deliveries.because is not null or deliveries.next_attempt_at <= now()
    and (written_at < turned_at or turn_at <= now() - make_interval(secs => ${forS})))`

export async function deliveryFigures(db: Db): Promise<DeliveryFigures> {
  const { rows } = await sql<DeliveryFigures>`
    select
      (select count(*)::int from deliveries where state = 'waiting')
        + (select coalesce(sum(cardinality(lead_ids)), 0)::int from delivery_batches)
        + (select count(*)::int from delivery_events) as waiting,
      coalesce(extract(epoch from now() - least(
        (select min(written_at) from deliveries join delivery_endpoints on id = endpoint_id
         where deliveries.state = 'waiting' and delivery_endpoints.state = 'on' and ${isOverdue(0)}),
        (select min(written_at) from delivery_batches),
        (select min(written_at) from delivery_events)
      )), 0)::float8 as "oldestWaitingS",
      (select count(*)::int from deliveries where state = 'parked') as parked,
      (select count(*)::int from delivery_endpoints) as endpoints,
      (select count(*)::int from delivery_endpoints where state = 'parked') as "endpointsParked",
      exists (select from installation where deliveries_held_at is not null) as "isHeld"`.execute(db)
  return rows[0]!
}

/** How each endpoint fares. */
export async function endpointFigures(db: Db): Promise<ReadonlyMap<string, EndpointFigures>> {
  const { rows } = await sql<EndpointFigures>`
    select id as "endpointId", waiting, "oldestWaitingS", parked, delivered, failed, "medianMs",
           "lastFailure", "lastFailureAt"
    from delivery_endpoints
    cross join lateral (
      select count(*) filter (where state = 'waiting')::int as waiting,
             coalesce(extract(epoch from now() - min(written_at) filter (where state = 'waiting')), 0)::float8
               as "oldestWaitingS",
             count(*) filter (where state = 'parked')::int as parked
      from deliveries where endpoint_id = id and state in ('waiting', 'parked')
    ) as waits
    cross join lateral (
      select count(*) filter (where outcome = 'delivered')::int as delivered,
             count(*) filter (where outcome <> 'delivered')::int as failed,
             percentile_cont(0.5) within group (order by took_ms) as "medianMs"
      from delivery_attempts where endpoint_id = id and at > now() - interval '1 day'
    ) as tried
    left join lateral (
      select because as "lastFailure", at as "lastFailureAt" from delivery_attempts
      where endpoint_id = id and outcome <> 'delivered' order by at desc limit 1
    ) as failure on true`.execute(db)
  return new Map(rows.map((row) => [row.endpointId, row]))
}

/** The latest attempts at an endpoint, of a lead, or of both. */
export async function attemptsOf(
  db: Db,
  { endpointId, leadId }: Readonly<{ endpointId?: string; leadId?: string }>,
  most: number,
): Promise<readonly KeptAttempt[]> {
  const { rows } = await sql<KeptAttempt>`
    select name as endpoint, lead_id as "leadId", event, attempt, at, took_ms as "tookMs", outcome, status,
           tried.because, answer, encode(answer_hash, 'hex') as "answerHash"
    from delivery_attempts as tried join delivery_endpoints as endpoint on endpoint.id = endpoint_id
    where (${endpointId ?? null}::uuid is null or endpoint_id = ${endpointId ?? null}::uuid)
      and (${leadId ?? null}::uuid is null or lead_id = ${leadId ?? null}::uuid)
    order by at desc limit ${most}`.execute(db)
  return rows
}

const rowsAtOnce = 10_000

/**
 * Deletes attempts, and deliveries that are settled, that are older than `days`. What waits or is parked stays, and what
 * somebody else holds until the next time: it is taken here in no order.
 */
export async function pruneDeliveries(db: Db, days: number): Promise<number> {
  const attempts = () => sql`
    delete from delivery_attempts where ctid = any(array(
      select ctid from delivery_attempts where at < now() - make_interval(days => ${days})
      limit ${rowsAtOnce} for update skip locked))`
  const settled = () => sql`
    delete from deliveries where ctid = any(array(
      select ctid from deliveries
      where settled_at < now() - make_interval(days => ${days}) and state <> 'parked'
      limit ${rowsAtOnce} for update skip locked))`
  let gone = 0
  for (const statement of [attempts, settled])
    for (let count = rowsAtOnce; count === rowsAtOnce; gone += count)
      count = Number((await statement().execute(db)).numAffectedRows ?? 0n)
  return gone
}
