import type { LoggedRequest, LoggedRequests } from '../desk/request-archive.ts'
import type { Installation } from '../leads/installation.ts'
import { createLastingClient } from './lasting-client.ts'
import { connectMongo, databaseOf, requestLogs } from './request-log.ts'
import { foreignMongo } from './whose.ts'

// A log of hundreds of millions is gone through by index; without one it may take its time.
const answerMs = 120_000
const batchSize = 1_000

/** The request log, for whoever archives it. Connected when it is first asked. @throws Error where it is another installation's. */
export function createLoggedRequests(
  url: string,
  installation: () => Promise<Installation | undefined>,
): LoggedRequests & Readonly<{ stop(): Promise<void> }> {
  const mongo = createLastingClient(() => connectMongo(url, answerMs))
  return {
    oldest: () =>
      mongo.ask(async (client) => {
        const foreign = await foreignMongo(databaseOf(client, url), await installation())
        if (foreign) throw new Error(foreign)
        const first = await requestLogs(client, url).findOne({}, { projection: { ts: 1 }, sort: { ts: 1 } })
        return first?.ts
      }),
    async *between(from, until) {
      const cursor = await mongo.ask(async (client) =>
        requestLogs(client, url).find({ ts: { $gte: from, $lt: until } }, { sort: { ts: 1 }, batchSize }),
      )
      let entries: LoggedRequest[] = []
      for await (const entry of cursor) {
        entries.push(entry)
        if (entries.length < batchSize) continue
        yield entries
        entries = []
      }
      if (entries.length > 0) yield entries
    },
    stop: mongo.close,
  }
}
