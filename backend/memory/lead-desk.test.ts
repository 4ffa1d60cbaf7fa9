import { leadDeskContract } from '../testing/contracts/lead-desk.ts'
import { makeLeads } from '../testing/stage/leads.ts'
import { memoryLeadDesk } from './lead-desk.ts'
import { memoryOperators } from './operators.ts'

leadDeskContract('memory', async () => {
  const { audit } = memoryOperators()
  const desk = memoryLeadDesk(audit.note)
  return {
    desk,
    audit,
    async put(leads) {
      return leads.map((given, index) => {
        const atMs = Date.now() - 60_000 + index * 1_000
        const { id, phoneKey } = makeLeads(1, {}, atMs)[0]!
        const { suspect = false, ...lead } = given
        desk.put({
          id,
          phoneKey,
          acceptedAt: new Date(atMs),
          suspect,
          state: suspect ? 'suspect' : 'new',
          ...lead,
        })
        return id
      })
    },
  }
})
