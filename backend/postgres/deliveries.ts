import { sql } from 'kysely'
import type { DeliveryEvent, LeadTold } from '../deliveries/lead.ts'
import type { Delivery, DeliveryStore, Room, Settled } from '../deliveries/ports.ts'
import type { Db, DbOrTransaction } from './connection.ts'
import { distribute, isRush } from './delivery-batches.ts'
import { endpointsOf, parkEndpoint, resealEndpoint } from './delivery-endpoints.ts'
import { createPutBackGuard } from './delivery-hold.ts'
import { leadsOf } from './delivery-leads.ts'
import { tellingRowsAtFault } from './rows-at-fault.ts'
import { asKept } from './said.ts'

type TakenRow = Readonly<{
  endpoint_id: string
  lead_id: string
  event: DeliveryEvent
  change: number
  told: LeadTold | null
  attempts: number
  written_at: Date
  mark: string
}>

/** Deliveries that were taken by a worker that died are due again after this. Longer than any attempt takes. */
const leaseS = 60

/**
 * Deliveries as they wait in Postgres, for all workers. `remembered` tells how far the database was when somebody last looked,
 * so that one that was put back is known before anything of it is sent again.
 */
export function createDeliveryStore(db: Db, remembered = async () => 0): DeliveryStore {
  const guard = createPutBackGuard(db, remembered)
  return {
    endpoints: () => endpointsOf(db),
    distribute: (batchesMax) => distribute(db, batchesMax),
    isRush: () => isRush(db),
    async take(room) {
      if (room.size === 0) return []
      const { taken, markMs } = await take(db, room, await guard.knownMs())
      if (markMs === undefined) await guard.look()
      else guard.sawMark(markMs)
      return taken
    },
    settle: (settled) => settleEach(db, settled),
    giveBack: (deliveries) => giveBack(db, deliveries),
    reseal: (endpoint, sealed) => resealEndpoint(db, endpoint, sealed),
    park: (endpoint, because) => parkEndpoint(db, endpoint, because),
  }
}

/** Nothing where deliveries are held, or the database is not as far as it was known to be. */
async function take(
  db: Db,
  room: ReadonlyMap<string, Room>,
  knownMs: number,
): Promise<Readonly<{ taken: readonly Delivery[]; markMs?: number }>> {
  const of = (pick: (room: Room) => number) => [...room.values()].map(pick)
  const { rows } = await sql<TakenRow>`
    with mark as materialized (
      select high_water_ms from installation where deliveries_held_at is null and high_water_ms >= ${knownMs}
    ), room as (
      select given.* from mark cross join unnest(
        ${[...room.keys()]}::uuid[], ${of(({ most }) => most)}::int[], ${of(({ pauseMs }) => pauseMs / 1000)}::float8[]
      ) as given (endpoint_id, free, pause_s)
    ), theirs as (
      select id, pause_s from delivery_endpoints join room on id = endpoint_id
      -- A turn that is further off than that was given by a clock that was ahead, or before the pause became shorter; not by
      -- a worker that asked after us and was first, so that this is reckoned from the moment at which the row is ours.
      where pause_s > 0 and state = 'on' and turn_at not between now() and clock_timestamp() + make_interval(secs => pause_s)
        and exists (
        select from deliveries where endpoint_id = id and deliveries.state = 'waiting' and next_attempt_at <= now())
      for update of delivery_endpoints skip locked
    ), turns as (
      update delivery_endpoints as endpoint
      set turned_at = now(), turn_at = now() + make_interval(secs => pause_s)
      from theirs where endpoint.id = theirs.id returning endpoint.id
    ), due as (
      select found.* from room
      join delivery_endpoints as endpoint on endpoint.id = room.endpoint_id and endpoint.state = 'on'
      cross join lateral (
        select endpoint_id, lead_id, event from deliveries
        where endpoint_id = room.endpoint_id and state = 'waiting' and next_attempt_at <= now()
        order by next_attempt_at limit room.free for update skip locked
      ) as found
      where pause_s = 0 or endpoint.id in (select id from turns)
    )
    update deliveries as taken
    set attempts = attempts + 1, next_attempt_at = now() + make_interval(secs => ${leaseS})
    from due where taken.endpoint_id = due.endpoint_id and taken.lead_id = due.lead_id and taken.event = due.event
    returning taken.endpoint_id, taken.lead_id, taken.event, taken.change, taken.told, taken.attempts,
              taken.written_at, (select high_water_ms from mark) as mark`.execute(db)
  // What tells of no lead has an id that says no time.
  const ofLeads = rows.filter(({ event }) => event.startsWith('lead.'))
  const leads = await leadsOf(db, [...new Set(ofLeads.map((row) => row.lead_id))])
  const taken = rows.map((row) => {
    const lead = leads.get(row.lead_id)
    return {
      endpointId: row.endpoint_id,
      leadId: row.lead_id,
      event: row.event,
      change: row.change,
      ...(row.told && { told: row.told }),
      attempt: row.attempts,
      writtenAt: row.written_at,
      ...(lead && { lead }),
    }
  })
  return { taken, ...(rows[0] && { markMs: Number(rows[0].mark) }) }
}

class AtFault extends Error {}

/**
 * One that cannot be kept as it is must not have all others sent once more: then each is kept alone, and that one without the words of
 * its receiver.
 */
async function settleEach(db: Db, settled: readonly Settled[]): Promise<void> {
  try {
    await tellingRowsAtFault(settle(db, settled), (reason) => new AtFault(reason))
  } catch (error) {
    if (!(error instanceof AtFault)) throw error
    const [first, ...others] = settled
    if (others.length > 0) for (const each of settled) await settleEach(db, [each])
    else if (first?.made) {
      const because = `what was answered cannot be kept (${error.message})`
      const { delivery, next } = first
      await settle(db, [{ delivery, next: next.state === 'delivered' ? next : { ...next, because } }])
    } else throw error
  }
}

/** Who was slower than the lease may be told of by another by now: then only that it was delivered is still news. */
async function settle(db: Db, settled: readonly Settled[]): Promise<void> {
  const column = <T>(pick: (each: Settled) => T): T[] => settled.map(pick)
  const made = settled.filter((each) => each.made)
  await db.transaction().execute(async (tx) => {
    await lockInOrder(
      tx,
      settled.map(({ delivery }) => delivery),
    )
    await sql`
      update deliveries as kept
      set state = given.state, because = given.because,
          next_attempt_at = now() + make_interval(secs => given.after_s),
          settled_at = case when given.state <> 'waiting' then now() end
      from unnest(
        ${column(({ delivery }) => delivery.endpointId)}::uuid[], ${column(({ delivery }) => delivery.leadId)}::uuid[],
        ${column(({ delivery }) => delivery.event)}::text[], ${column(({ delivery }) => delivery.change)}::int[],
        ${column(({ delivery }) => delivery.attempt)}::int[],
        ${column(({ next }) => next.state)}::text[],
        ${column(({ next }) => becauseOf(next))}::text[],
        ${column(({ next }) => ('afterMs' in next ? next.afterMs / 1000 : 0))}::float8[]
      ) as given (endpoint_id, lead_id, event, change, attempt, state, because, after_s)
      where kept.endpoint_id = given.endpoint_id and kept.lead_id = given.lead_id and kept.event = given.event
        and kept.change = given.change
        and kept.state <> 'delivered' and (kept.attempts = given.attempt or given.state = 'delivered')`.execute(
      tx,
    )
    if (made.length > 0) await keepAttempts(tx, made)
  })
}

/**
 * Whoever changes several deliveries takes them in this order, as every other statement does: two that take the same ones
 * in two orders wait for each other, and Postgres ends one of them.
 */
async function lockInOrder(tx: DbOrTransaction, deliveries: readonly Delivery[]): Promise<void> {
  await sql`
    select from unnest(
      ${deliveries.map(({ endpointId }) => endpointId)}::uuid[], ${deliveries.map(({ leadId }) => leadId)}::uuid[],
      ${deliveries.map(({ event }) => event)}::text[]
    ) as given (endpoint_id, lead_id, event)
    join deliveries using (endpoint_id, lead_id, event)
    order by endpoint_id, lead_id, event for update of deliveries`.execute(tx)
}

const becauseOf = (outcome: object): string | null =>
  'because' in outcome && typeof outcome.because === 'string' ? asKept(outcome.because) : null

async function keepAttempts(db: DbOrTransaction, made: readonly Settled[]): Promise<void> {
  const of = <T>(pick: (each: Required<Settled>) => T): T[] =>
    made.map((each) => pick(each as Required<Settled>))
  await sql`
    insert into delivery_attempts (
      endpoint_id, lead_id, event, attempt, at, took_ms, outcome, status, because, answer_hash, answer)
    select endpoint_id, lead_id, event, attempt, at, took_ms, outcome, nullif(status, 0), because,
           case when answer <> '' then sha256(convert_to(answer, 'UTF8')) end, left(answer, 2048)
    from unnest(
      ${of(({ delivery }) => delivery.endpointId)}::uuid[], ${of(({ delivery }) => delivery.leadId)}::uuid[],
      ${of(({ delivery }) => delivery.event)}::text[], ${of(({ delivery }) => delivery.attempt)}::int[],
      ${of(({ made }) => made.at.toISOString())}::timestamptz[], ${of(({ made }) => Math.round(made.tookMs))}::int[],
      ${of(({ made }) => made.outcome.kind)}::text[], ${of(({ made }) => made.answer.status)}::int[],
      ${of(({ made }) => becauseOf(made.outcome))}::text[],
      ${of(({ made }) => asKept(made.answer.body))}::text[]
    ) as given (endpoint_id, lead_id, event, attempt, at, took_ms, outcome, status, because, answer)
    where exists (select from delivery_endpoints where id = given.endpoint_id)`.execute(db)
}

async function giveBack(db: Db, deliveries: readonly Delivery[]): Promise<void> {
  if (deliveries.length === 0) return
  await db.transaction().execute(async (tx) => {
    await lockInOrder(tx, deliveries)
    await sql`
      update deliveries as kept set attempts = attempts - 1, next_attempt_at = now()
      from unnest(
        ${deliveries.map(({ endpointId }) => endpointId)}::uuid[], ${deliveries.map(({ leadId }) => leadId)}::uuid[],
        ${deliveries.map(({ event }) => event)}::text[], ${deliveries.map(({ change }) => change)}::int[],
        ${deliveries.map(({ attempt }) => attempt)}::int[]
      ) as given (endpoint_id, lead_id, event, change, attempt)
      where kept.endpoint_id = given.endpoint_id and kept.lead_id = given.lead_id and kept.event = given.event
        and kept.change = given.change and kept.attempts = given.attempt and kept.state = 'waiting'`.execute(
      tx,
    )
  })
}
