import { sql } from 'kysely'
import { acceptedAtMs } from '../batching/ids.ts'
import type { LeadDetails } from '../leads/details.ts'
import type { Lead } from '../leads/lead.ts'
import type { Db } from './connection.ts'
import type { NotPlain, StoreOptions } from './store-leads.ts'

type HolderRow = Readonly<{ phone_key: string; lead_id: string; idempotency_key: string | null }>

// What that signature has room for.
const roomFor: readonly string[] = ['attribution', 'firstTouch', 'variant', 'language', 'consent', 'suspect']

/**
 * Stores leads by the signature that `store_leads` had in the version before, while the database is not migrated yet. It
 * does not say which of them were rows already.
 * @throws Error when it cannot hold all that they tell, unless a visitor waits: no lead is refused for a detail.
 */
export async function storeAsBefore(
  db: Db,
  leads: readonly Lead[],
  { dedupWindowMs, directly }: StoreOptions,
): Promise<readonly NotPlain[]> {
  if (!directly && leads.some(tellsMore))
    throw new Error(
      'the database has store_leads as it was before, without all that leads tell: run db:migrate',
    )
  const list = (pick: (lead: Lead) => string | number) => leads.map(pick).join()
  const { rows } = await sql<HolderRow>`
    select * from store_leads(
      ${list((lead) => lead.id)}, ${list((lead) => acceptedAtMs(lead.id))}, ${list((lead) => lead.phone)},
      ${list((lead) => lead.phoneKey)}, ${list((lead) => lead.idempotencyKey)},
      ${column(leads, attributionText)}::text[], ${column(leads, (told) => told.variant)}::text[],
      ${column(leads, (told) => told.language)}::text[], ${column(leads, (told) => told.consent)}::text[],
      ${column(leads, (told) => told.suspect?.join())}::text[],
      ${dedupWindowMs / 1000} * interval '1 second', ${directly}
    )`.execute(db)
  const holders = new Map(rows.map((row) => [row.phone_key, row]))
  return leads.flatMap((lead) => {
    const holder = holders.get(lead.phoneKey)
    if (!holder || holder.lead_id === lead.id) return []
    const { lead_id: holder_id, idempotency_key: holder_key } = holder
    return [{ lead_id: lead.id, holder_id, holder_key, stored_now: !directly }]
  })
}

const tellsMore = ({ details = {} }: Lead) =>
  Object.entries(details).some(([name, detail]) => detail !== undefined && !roomFor.includes(name))

function column(
  leads: readonly Lead[],
  pick: (told: LeadDetails) => string | undefined,
): (string | null)[] | null {
  const values = leads.map(({ details }) => (details && pick(details)) ?? null)
  return values.some((value) => value !== null) ? values : null
}

/** Where the visitor came from, and under `first` where from the first time. */
function attributionText({ attribution, firstTouch }: LeadDetails): string | undefined {
  if (!attribution && !firstTouch) return undefined
  return JSON.stringify(firstTouch ? { ...attribution, first: firstTouch } : attribution)
}
