import { createGroupCommit } from '../batching/group-commit.ts'
import type { Lead } from './lead.ts'
import { type LeadTable, Unstorable } from './ports.ts'

// Beyond this a call costs no less a lead, and calls of this size beside each other use both the disk and the processor.
const leadsPerCallMax = 256
const callsAtOnce = 4

/**
 * A table whose calls share: batches that wait while others are being stored go together, so that a worker that is
 * behind makes fewer and larger transactions. A batch that cannot be stored is told so alone.
 */
export function storeTogether(table: LeadTable): LeadTable {
  const group = createGroupCommit<readonly Lead[], Unstorable | undefined>({
    commit: (batches) => storeAll(table, batches),
    sizeOf: (leads) => leads.length,
    itemsMax: Number.POSITIVE_INFINITY,
    sizeMax: leadsPerCallMax,
    inFlightMax: callsAtOnce,
    waitingMax: Number.POSITIVE_INFINITY,
  })
  return {
    async store(leads) {
      const fault = await group.add(leads)
      if (fault) throw fault
    },
    quarantine: table.quarantine,
  }
}

/** One fault for each batch that has rows at fault. @throws when trying again later can help. */
async function storeAll(
  table: LeadTable,
  batches: readonly (readonly Lead[])[],
): Promise<(Unstorable | undefined)[]> {
  if (batches.length > 1) {
    const all = batches.flat()
    // Two batches with one phone may lie a window apart, and then both are first: they go one after the other.
    const eachPhoneOnce = new Set(all.map((lead) => lead.phoneKey)).size === all.length
    if (eachPhoneOnce && !(await faultOf(table, all))) return batches.map(() => undefined)
  }
  const faults: (Unstorable | undefined)[] = []
  for (const leads of batches) faults.push(await faultOf(table, leads))
  return faults
}

async function faultOf(table: LeadTable, leads: readonly Lead[]): Promise<Unstorable | undefined> {
  try {
    await table.store(leads)
    return undefined
  } catch (error) {
    if (error instanceof Unstorable) return error
    throw error
  }
}
