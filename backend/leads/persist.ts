import { inHalves } from '../batching/in-halves.ts'
import type { Lead } from './lead.ts'
import { type ClaimRelease, type LeadTable, Unstorable } from './ports.ts'

export type PersistDeps = Readonly<{ leads: LeadTable; claims: ClaimRelease }>

/**
 * Stores a batch. Leads that cannot be stored are found by halving the batch and go to quarantine with the reason;
 * their neighbours are stored. Doing it again changes nothing.
 * @throws whatever the store throws when trying again later can help.
 */
export async function persist(deps: PersistDeps, leads: readonly Lead[]): Promise<void> {
  await inHalves(leads, {
    together: (part) => deps.leads.store(part),
    isAtFault: (error) => error instanceof Unstorable,
    async alone(lead, error) {
      await deps.leads.quarantine(lead, error.message)
      await deps.claims.release(lead)
    },
  })
}
