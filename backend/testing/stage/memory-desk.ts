import { memoryLeadDesk } from '../../memory/lead-desk.ts'
import { memoryOperators } from '../../memory/operators.ts'
import { makeLeads } from './leads.ts'

type Given = Readonly<{ phone: string; source?: string; variant?: string; suspect?: boolean }>

/** An empty desk in memory, and how leads come to stand on it. */
export function memoryDeskStage() {
  const { audit } = memoryOperators()
  const desk = memoryLeadDesk(audit.note)
  return {
    ...{ desk, audit },
    async put(leads: readonly Given[]) {
      return leads.map((given, index) => {
        const atMs = Date.now() - 60_000 + index * 1_000
        const { id, phoneKey } = makeLeads(1, {}, atMs)[0]!
        const { suspect = false, ...lead } = given
        const state = suspect ? 'suspect' : 'new'
        desk.put({ ...{ id, phoneKey, acceptedAt: new Date(atMs), suspect, state }, ...lead })
        return id
      })
    },
  }
}
