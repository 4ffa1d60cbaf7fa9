import { sql } from 'kysely'
import { acceptedAtMs } from '../batching/ids.ts'
import type { StoredLead } from '../deliveries/lead.ts'
import type { DbOrTransaction } from './connection.ts'

type LeadRow = Readonly<{
  id: string
  phone: string
  state: string
  accepted_at: Date
  duplicate_of: string | null
  corrected_by: string | null
  attribution: (Record<string, string> & { first?: Record<string, string> }) | null
  variant: string | null
  language: string | null
  consent: string | null
  suspect: string[] | null
}>

/** The rows of these leads as they are now, by id. Whose row is gone is not among them. */
export async function leadsOf(
  db: DbOrTransaction,
  leadIds: readonly string[],
): Promise<ReadonlyMap<string, StoredLead>> {
  if (leadIds.length === 0) return new Map()
  const acceptedAt = leadIds.map((id) => new Date(acceptedAtMs(id)).toISOString())
  const { rows } = await sql<LeadRow>`
    select id, phone, state, accepted_at, duplicate_of, corrected_by, attribution, variant, language, consent, suspect
    from unnest(${[...leadIds]}::uuid[], ${acceptedAt}::timestamptz[]) as given (id, accepted_at)
    join leads using (id, accepted_at)`.execute(db)
  return new Map(rows.map((row) => [row.id, leadOf(row)]))
}

function leadOf(row: LeadRow): StoredLead {
  const { first, ...attribution } = row.attribution ?? {}
  return {
    id: row.id,
    phone: row.phone,
    state: row.state,
    acceptedAt: row.accepted_at,
    ...(row.duplicate_of !== null && { duplicateOf: row.duplicate_of }),
    ...(row.corrected_by !== null && { correctedBy: row.corrected_by }),
    attribution,
    ...(first && { firstTouch: first }),
    ...(row.variant !== null && { variant: row.variant }),
    ...(row.language !== null && { language: row.language }),
    ...(row.consent !== null && { consent: row.consent }),
    ...(row.suspect !== null && { suspect: row.suspect }),
  }
}
