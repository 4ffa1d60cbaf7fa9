import { isId } from '../batching/ids.ts'
import { unavailable } from '../problem.ts'
import type { LeadState } from './lead.ts'
import type { LeadLookup } from './ports.ts'

/**
 * Where a lead is now: asked of the queue first, then of the table, so that a lead on its way from one to the other
 * is always seen. Undefined: no such lead.
 * @throws Problem `unavailable` when a place that could hold it cannot be asked.
 */
export async function leadStatus(
  lookups: readonly LeadLookup[],
  leadId: string,
): Promise<LeadState | undefined> {
  if (!isId(leadId)) return undefined
  let unanswered = false
  for (const lookup of lookups) {
    try {
      const state = await lookup.find(leadId)
      if (state) return state
    } catch {
      unanswered = true
    }
  }
  if (unanswered) throw unavailable('The status cannot be read just now. Try again in a moment.')
  return undefined
}
