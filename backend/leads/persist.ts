import type { Lead } from './lead.ts'
import { type ClaimRelease, type LeadTable, Unstorable } from './ports.ts'

export type PersistDeps = Readonly<{ leads: LeadTable; claims: ClaimRelease }>

/** What became of each lead of a batch. */
export type Persisted = Readonly<{ stored: readonly Lead[]; quarantined: readonly Lead[] }>

/**
 * Stores a batch. Leads that cannot be stored are found by halving the batch and go to quarantine with the reason;
 * their neighbours are stored. Doing it again changes nothing.
 * @throws whatever the store throws when trying again later can help.
 */
export async function persist(deps: PersistDeps, leads: readonly Lead[]): Promise<Persisted> {
  if (leads.length === 0) return { stored: [], quarantined: [] }
  try {
    await deps.leads.store(leads)
    return { stored: leads, quarantined: [] }
  } catch (error) {
    if (!(error instanceof Unstorable)) throw error
    if (leads.length === 1) {
      await deps.leads.quarantine(leads[0]!, error.message)
      await deps.claims.release(leads[0]!)
      return { stored: [], quarantined: leads }
    }
  }
  const middle = Math.ceil(leads.length / 2)
  const first = await persist(deps, leads.slice(0, middle))
  const second = await persist(deps, leads.slice(middle))
  return {
    stored: [...first.stored, ...second.stored],
    quarantined: [...first.quarantined, ...second.quarantined],
  }
}
