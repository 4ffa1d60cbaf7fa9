import { sql } from 'kysely'
import type { EndpointKeeper } from '../deliveries/desk.ts'
import type { Actor, AuditAction } from '../operators/audit.ts'
import { createAudit, writeAudit } from './audit.ts'
import type { Db, DbOrTransaction } from './connection.ts'
import { recover, replay } from './delivery-again.ts'
import {
  addEndpoint,
  endpointsOf,
  removeEndpoint,
  resealEndpoint,
  setEndpointState,
} from './delivery-endpoints.ts'
import { attemptsOf, endpointFigures } from './delivery-figures.ts'
import { deliveriesHeldSince, letDeliveriesGo } from './delivery-hold.ts'

type Shown = Readonly<Record<string, unknown>>

/** Endpoints as one actor changes them: what they change is written down with it, without address, headers and secrets. */
export function createEndpointKeeper(db: Db, by: Actor): EndpointKeeper {
  function changing<T>(
    id: string,
    action: AuditAction,
    work: (tx: DbOrTransaction) => Promise<T>,
    also?: (result: T) => Shown | undefined,
  ): Promise<T> {
    return db.transaction().execute(async (tx) => {
      const before = await shownOf(tx, id)
      const result = await work(tx)
      const after = await shownOf(tx, id)
      const [was, is] = [onlyOther(before, after), onlyOther(after, before)]
      const more = also?.(result)
      if (!was && !is && !more) return result
      const subject = String((after ?? before)?.name)
      await writeAudit(tx, {
        ...{ by, action, subject },
        ...(was && { before: was }),
        ...((is ?? more) && { after: { ...is, ...more } }),
      })
      return result
    })
  }

  return {
    endpoints: () => endpointsOf(db),
    figures: () => endpointFigures(db),
    attempts: (of, most) => attemptsOf(db, of, most),
    heldSince: () => deliveriesHeldSince(db),
    add: (endpoint) => changing(endpoint.id, 'delivery.added', (tx) => addEndpoint(tx, endpoint)),
    reseal: (endpoint, sealed, host) =>
      changing(
        endpoint.id,
        'delivery.changed',
        (tx) => resealEndpoint(tx, endpoint, sealed, host),
        (isChanged) => (isChanged ? { [host === undefined ? 'secret' : 'address']: 'another' } : undefined),
      ),
    setState: (id, state, because) =>
      changing(id, 'delivery.changed', (tx) => setEndpointState(tx, id, state, because)),
    recover: (id, since) =>
      changing(
        id,
        'delivery.sent_again',
        (tx) => recover(tx, id, since),
        (count) => ({ sent_again: count, ...(since && { since }) }),
      ),
    async replay(id, range, really) {
      if (!really) return replay(db, id, range, false)
      const { leadId: lead_id, since, until } = range
      return changing(
        id,
        'delivery.sent_again',
        (tx) => replay(tx, id, range, true),
        (count) => ({ sent_again: count, lead_id, since, until }),
      )
    },
    remove: (id) => changing(id, 'delivery.removed', (tx) => removeEndpoint(tx, id)),
    letGo: () =>
      db.transaction().execute(async (tx) => {
        const since = await deliveriesHeldSince(tx)
        if (!since) return
        await letDeliveriesGo(tx)
        await writeAudit(tx, { by, action: 'delivery.let_go', before: { held_since: since } })
      }),
    tested: (name, outcome) =>
      createAudit(db).note({ by, action: 'delivery.tested', subject: name, after: { outcome } }),
    async changes(name, limit) {
      const of = { kind: 'delivery', limit, ...(name !== undefined && { subject: name }) }
      const entries = await createAudit(db).list(of)
      return entries.map(({ at, by: actor, action, subject, before, after }) => ({
        ...{ at, by: whoIs(actor), action },
        ...(subject && { endpoint: subject }),
        ...(before && { before }),
        ...(after && { after }),
      }))
    },
  }
}

const whoIs = ({ kind, id, name }: Actor) => [kind, name || id].filter((text) => text !== '').join(' ')

async function shownOf(tx: DbOrTransaction, id: string): Promise<Shown | undefined> {
  const { rows } = await sql<Shown>`
    select name, target, host, wanted, concurrency, per_second, state, because from delivery_endpoints
    where id = ${id}`.execute(tx)
  return rows[0]
}

/** What of one differs from the other. */
function onlyOther(one: Shown | undefined, other: Shown | undefined): Shown | undefined {
  const found = Object.entries(one ?? {}).filter(
    ([name, value]) => value !== null && !Bun.deepEquals(value, other?.[name]),
  )
  return found.length === 0 ? undefined : Object.fromEntries(found)
}
