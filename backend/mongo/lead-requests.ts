import type { LeadRequest, LeadRequests } from '../desk/work.ts'
import type { Installation } from '../leads/installation.ts'
import { createLastingClient } from './lasting-client.ts'
import { connectMongo, databaseOf, requestLogs } from './request-log.ts'
import { foreignMongo } from './whose.ts'

// Whoever opens a lead waits for it, and the log is found by an index.
const answerMs = 2_000

/** What the request log has of a phone, for whoever works on its lead. Connected when it is first asked. */
export function createLeadRequests(
  url: string,
  installation: () => Promise<Installation | undefined>,
): LeadRequests & Readonly<{ stop(): Promise<void> }> {
  const mongo = createLastingClient(() => connectMongo(url, answerMs))
  return {
    async of(phoneKey, most) {
      const found = await mongo.ask(async (client) => {
        const foreign = await foreignMongo(databaseOf(client, url), await installation())
        if (foreign) throw new Error(foreign)
        return requestLogs(client, url)
          .find({ phone_hash: phoneKey }, { projection: { ts: 1, outcome: 1, ip_mask: 1, meta: 1 } })
          .sort({ ts: -1 })
          .limit(most)
          .toArray()
      })
      return found.map(
        ({ ts, outcome, ip_mask, meta }): LeadRequest => ({
          ...{ at: ts, outcome, address: ip_mask, device: meta.device },
        }),
      )
    },
    stop: mongo.close,
  }
}
