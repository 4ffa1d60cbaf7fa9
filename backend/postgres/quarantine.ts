import { sql } from 'kysely'
import { acceptedAtMs } from '../batching/ids.ts'
import type { Lead } from '../leads/lead.ts'
import { detailsOfOlder, type OlderDetails } from '../leads/older-lead.ts'
import type { Db } from './connection.ts'

export type QuarantinedLead = Readonly<{ id: string; reason: string; lead: Lead }>

const leadsAtOnce = 200

/** Every lead in quarantine, or the one of this id, oldest first, in pages. */
export async function* quarantinedLeads(db: Db, leadId?: string): AsyncGenerator<QuarantinedLead[]> {
  let after = '00000000-0000-0000-0000-000000000000'
  while (true) {
    const rows = await db
      .selectFrom('lead_quarantine')
      .select(['id', 'reason', 'payload'])
      .where('id', '>', after)
      .$if(leadId !== undefined, (query) => query.where('id', '=', leadId!))
      .orderBy('id')
      .limit(leadsAtOnce)
      .execute()
    if (rows.length === 0) return
    yield rows.map(({ id, reason, payload }) => ({
      id,
      reason,
      lead: leadOf(payload),
    }))
    after = rows.at(-1)!.id
  }
}

/** The lead of a payload, also one that an earlier version laid down. */
function leadOf(payload: Buffer): Lead {
  const { attribution, variant, signals, ...lead } = JSON.parse(payload.toString()) as Lead & OlderDetails
  const details = lead.details ?? detailsOfOlder({ attribution, variant, signals })
  return details ? { ...lead, details } : lead
}

/** Those of a phone. */
export async function quarantinedOf(db: Db, phoneKey: string): Promise<QuarantinedLead[]> {
  const { rows } = await sql<{ id: string; reason: string; payload: Buffer }>`
    select id, reason, payload from lead_quarantine where ${inPayload(phoneKey)} order by id`.execute(db)
  const found = rows.map(({ id, reason, payload }) => ({ id, reason, lead: leadOf(payload) }))
  return found.filter(({ lead }) => lead.phoneKey === phoneKey)
}

export const inPayload = (phoneKey: string) => sql`position(convert_to(${phoneKey}, 'UTF8') in payload) > 0`

/** How many leads are in quarantine. */
export async function countQuarantined(db: Db): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from lead_quarantine`.execute(
    db,
  )
  return rows[0]!.count
}

/** Takes a lead out of quarantine once it is stored. */
export async function leaveQuarantine(db: Db, leadId: string): Promise<void> {
  await db.deleteFrom('lead_quarantine').where('id', '=', leadId).execute()
}

/** Which of these leads are kept, in the table or in quarantine. */
export async function keptOf(db: Db, leadIds: readonly string[]): Promise<ReadonlySet<string>> {
  const acceptedAt = leadIds.map((id) => new Date(acceptedAtMs(id)).toISOString())
  const { rows } = await sql<{ id: string }>`
    select leads.id from unnest(${[...leadIds]}::uuid[], ${acceptedAt}::timestamptz[]) as given (id, accepted_at)
    join leads using (id, accepted_at)
    union select id from lead_quarantine where id = any(${[...leadIds]}::uuid[])`.execute(db)
  return new Set(rows.map((row) => row.id))
}
