import { type Collection, MongoServerError } from 'mongodb'
import { errorFields, type Log } from '../log.ts'
import type { RequestDocument } from './document.ts'

const indexOptionsConflict = 85

/**
 * Makes the indexes of the request log where they are missing, and lets entries expire after `ttlDays`.
 * What a server cannot do is logged: a log without an index is better than none. Rejects only when it cannot be asked.
 */
export async function ensureIndexes(
  collection: Collection<RequestDocument>,
  ttlDays: number,
  log: Log,
): Promise<void> {
  const tell = (index: string) => (error: unknown) => {
    if (!(error instanceof MongoServerError)) throw error
    log.warn('request_log.index_missing', { index, ...errorFields(error) })
  }
  await expireAfter(collection, ttlDays * 86_400, log).catch(tell('ts'))
  await collection.createIndex({ phone_hash: 1, ts: -1 }).catch(tell('phone_hash, ts'))
  await collection.createIndex({ ip_hash: 1, ts: -1 }).catch(tell('ip_hash, ts'))
}

/** One index on `ts` serves both: newest first, and expiry. */
async function expireAfter(
  collection: Collection<RequestDocument>,
  expireAfterSeconds: number,
  log: Log,
): Promise<void> {
  try {
    await collection.createIndex({ ts: -1 }, { expireAfterSeconds })
  } catch (error) {
    if (!(error instanceof MongoServerError)) throw error
    if (error.code === indexOptionsConflict) {
      await collection.db.command({
        collMod: collection.collectionName,
        index: { keyPattern: { ts: -1 }, expireAfterSeconds },
      })
      log.info('request_log.expiry_changed', { afterS: expireAfterSeconds })
      return
    }
    log.warn('request_log.never_expires', errorFields(error))
    await collection.createIndex({ ts: -1 })
  }
}
