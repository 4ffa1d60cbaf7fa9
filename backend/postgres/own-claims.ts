import { sql } from 'kysely'
import { acceptedAtMs } from '../batching/ids.ts'
import type { Lead } from '../leads/lead.ts'
import { ownClaimKey } from '../leads/own-claim.ts'
import type { Db } from './connection.ts'

/** The ids under which these duplicates are kept already, by their place: they are the same submissions again. */
export async function keptBefore(
  db: Db,
  leads: readonly Lead[],
  dedupWindowMs: number,
): Promise<readonly (string | undefined)[]> {
  const keys = leads.map(ownClaimKey)
  if (keys.every((key) => key === undefined)) return keys
  const { rows } = await sql<{ key: string; lead_id: string }>`
    select encode(phone_key, 'hex') as key, lead_id from lead_claims
    where phone_key in (select decode(hex, 'hex') from unnest(${keys.map((key) => key ?? '')}::text[]) as hex)`.execute(
    db,
  )
  const holders = new Map(rows.map((row) => [row.key, row.lead_id]))
  return leads.map(({ id }, at) => {
    const holder = holders.get(keys[at] ?? '')
    if (holder === undefined || holder === id) return undefined
    return acceptedAtMs(id) - acceptedAtMs(holder) < dedupWindowMs ? holder : undefined
  })
}

/** Claims for duplicates that are rows by now; the first of several keeps its claim for the window. */
export async function claimOwn(db: Db, leads: readonly Lead[], dedupWindowMs: number): Promise<void> {
  for (const lead of leads) {
    const key = ownClaimKey(lead)
    if (key === undefined) continue
    const acceptedAt = new Date(acceptedAtMs(lead.id))
    await sql`
      insert into lead_claims as held (phone_key, lead_id, accepted_at, idempotency_key, direct)
      values (decode(${key}, 'hex'), ${lead.id}::uuid, ${acceptedAt}, decode(${lead.idempotencyKey}, 'hex'), true)
      on conflict (phone_key) do update
      set lead_id = excluded.lead_id, accepted_at = excluded.accepted_at, direct = true
      where excluded.accepted_at - held.accepted_at >= ${dedupWindowMs / 1000} * interval '1 second'`.execute(
      db,
    )
  }
}
