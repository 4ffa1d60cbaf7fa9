import { inHalves } from '../batching/in-halves.ts'
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
  const parts = await inHalves<Lead, Persisted>(leads, {
    async together(part) {
      await deps.leads.store(part)
      return { stored: part, quarantined: [] }
    },
    isAtFault: (error) => error instanceof Unstorable,
    async alone(lead, error) {
      await deps.leads.quarantine(lead, error.message)
      await deps.claims.release(lead)
      return { stored: [], quarantined: [lead] }
    },
  })
  return {
    stored: parts.flatMap(({ stored }) => stored),
    quarantined: parts.flatMap(({ quarantined }) => quarantined),
  }
}
