import { sql } from 'kysely'
import { acceptedAtMs } from '../batching/ids.ts'
import type { LeadDetails } from '../leads/details.ts'
import type { Lead } from '../leads/lead.ts'
import type { Db } from './connection.ts'
import { storeLeadsFunction } from './functions.ts'
import { storeAsBefore } from './store-leads-before.ts'
import { readOnlyTransaction } from './writable.ts'

export type StoreOptions = Readonly<{
  dedupWindowMs: number
  /** The answer waits for Postgres: then only leads that hold their claim get a row. */
  directly: boolean
}>

/** A lead of which it is not so that it became a row now and holds its phone: as `functions/store-leads.sql` tells it. */
export type NotPlain = Readonly<{
  lead_id: string
  holder_id: string
  holder_key: string | null
  stored_now: boolean
}>

/** Stores leads in one call and one transaction, safe to repeat. Resolves with those that are not plain. */
export async function storeLeads(
  db: Db,
  leads: readonly Lead[],
  options: StoreOptions,
): Promise<readonly NotPlain[]> {
  try {
    return await call(db, leads, options, storeLeadsFunction.revision)
  } catch (error) {
    const { code } = error as { code?: string }
    // The schema is that of the version before, which is being updated.
    if (code === undefinedFunction) return storeAsBefore(db, leads, options)
    // Nothing was written, and the next connection may lead to whoever took over.
    if (code === readOnlyTransaction) return call(db, leads, options, storeLeadsFunction.revision)
    // A visitor waits for this one: what the database has no column for yet is not worth refusing a lead.
    if (code === featureNotSupported && options.directly) return call(db, leads, options, 0)
    throw error
  }
}

/**
 * Stores leads but those whose people have asked to be forgotten since they came. Resolves with the leads that are left, and
 * with those of them that are not plain.
 */
export async function storeUnlessErased(
  db: Db,
  leads: readonly Lead[],
  options: StoreOptions,
): Promise<Readonly<{ leads: readonly Lead[]; notPlain: readonly NotPlain[] }>> {
  let left = leads
  while (left.length > 0) {
    try {
      return { leads: left, notPlain: await storeLeads(db, left, options) }
    } catch (error) {
      if ((error as { code?: string }).code !== someErased) throw error
      const gone = await erasedOf(db, left)
      // Nothing would come of asking again.
      if (gone.size === 0) throw error
      left = left.filter(({ id }) => !gone.has(id))
    }
  }
  return { leads: left, notPlain: [] }
}

async function erasedOf(db: Db, leads: readonly Lead[]): Promise<ReadonlySet<string>> {
  const list = (pick: (lead: Lead) => string) => leads.map(pick)
  const { rows } = await sql<{ id: string }>`
    select given.id
    from unnest(
      ${list(({ id }) => id)}::uuid[], ${list(({ phoneKey }) => phoneKey)}::text[],
      ${list(({ id }) => new Date(acceptedAtMs(id)).toISOString())}::timestamptz[]
    ) as given (id, key, at)
    where exists (select from erasures where phone_key = decode(given.key, 'hex') and cutoff >= given.at)`.execute(
    db,
  )
  return new Set(rows.map(({ id }) => id))
}

// As `functions/store-leads.sql` raises it.
const someErased = 'LF001'
const undefinedFunction = '42883'
const featureNotSupported = '0A000'

async function call(
  db: Db,
  leads: readonly Lead[],
  { dedupWindowMs, directly }: StoreOptions,
  knownRevision: number,
): Promise<readonly NotPlain[]> {
  const list = (pick: (lead: Lead) => string | number) => leads.map(pick).join()
  const { details, places } = eachOnce(leads)
  const { rows } = await sql<NotPlain>`
    select * from store_leads(
      ${list((lead) => lead.id)}, ${list((lead) => acceptedAtMs(lead.id))}, ${list((lead) => lead.phone)},
      ${list((lead) => lead.phoneKey)}, ${list((lead) => lead.idempotencyKey)},
      ${details}::jsonb, ${places}, ${dedupWindowMs / 1000} * interval '1 second', ${directly}, ${knownRevision}
    )`.execute(db)
  return rows
}

/** The leads of a job share what they tell alike; here it stays one, and each lead names its place, from 1. */
function eachOnce(leads: readonly Lead[]): { details: string | null; places: string | null } {
  const placeOf = new Map<LeadDetails, number>()
  const places = leads.map(({ details }) => {
    if (!details) return ''
    const place = placeOf.get(details) ?? placeOf.size + 1
    placeOf.set(details, place)
    return place
  })
  if (placeOf.size === 0) return { details: null, places: null }
  return { details: JSON.stringify([...placeOf.keys()]), places: places.join() }
}
