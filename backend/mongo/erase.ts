import type { Collection, Filter } from 'mongodb'
import type { ErasurePlace } from '../desk/erasure.ts'
import type { Installation } from '../leads/installation.ts'
import type { RequestDocument } from './document.ts'
import { connectMongo, databaseOf, requestLogs } from './request-log.ts'
import { foreignMongo } from './whose.ts'

/** What the request log has of a person. Each piece of work has a connection of its own: there is hardly ever any. */
export function createMongoErasure(
  url: string,
  installation: () => Promise<Installation | undefined>,
): ErasurePlace {
  async function withLog<T>(work: (log: Collection<RequestDocument>) => Promise<T>): Promise<T> {
    const client = connectMongo(url, answerMs)
    try {
      const foreign = await foreignMongo(databaseOf(client, url), await installation())
      if (foreign) throw new Error(foreign)
      return await work(requestLogs(client, url))
    } finally {
      await client.close()
    }
  }

  return {
    look: (phoneKey) =>
      withLog(async (log) => ({ requests: await log.countDocuments({ phone_hash: phoneKey }) })),
    copy: (phoneKey) =>
      withLog(async (log) => {
        const found = await log.find({ phone_hash: phoneKey }).sort({ ts: 1 }).toArray()
        return {
          requests: found.map(({ ts, path, outcome, ip_mask, ua, meta }) => {
            return { at: ts, path, outcome, address: ip_mask, browser: ua, ...meta }
          }),
        }
      }),
    erase: (whom) =>
      withLog(async (log) => {
        const theirs: Filter<RequestDocument> = {
          $or: [
            ...whom.map(({ phoneKey, cutoff }) => ({ phone_hash: phoneKey, ts: { $lte: cutoff } })),
            { _id: { $in: whom.flatMap(({ leadIds }) => leadIds) } },
          ],
        }
        await log.deleteMany(theirs)
      }),
  }
}

// A log of hundreds of millions is looked through by index; without one it may take its time.
const answerMs = 120_000
