import type { Redis } from 'ioredis'
import { withDeadline } from '../deadline.ts'
import type { KeyedHash } from '../keyed-hash.ts'
import { errorFields, type Log } from '../log.ts'
import type { PageCache } from '../page/ports.ts'
import { another } from './connection.ts'

const builds = 'page:builds'
const channel = 'page:flush'
const signatureLength = 32
const keyOf = (build: string) => `page:html:${build}`

// The page comes from disk in a millisecond; Redis may not take much longer than a healthy one does.
const answerDeadlineMs = 100
// After an answer that was late, the page does without Redis for so long.
const restMs = 5_000
const flushDeadlineMs = 5_000

/**
 * The page cache in Redis, on a connection that it shares. A page there is signed with SECRET_KEY: whoever can only write to
 * Redis cannot write to the page. Processes hear of a flush on a channel, for which it opens
 * one of its own with the first `onFlush`; `listening` resolves when it hears, `close` ends it.
 */
export function createPageCache(redis: Redis, keyedHash: KeyedHash, log: Log, answerMs = answerDeadlineMs) {
  const listeners: (() => void)[] = []
  const signatureOf = (build: string, html: string) => keyedHash(`page:${build}:${html}`)
  let subscriber: Redis | undefined
  let restUntilMs = 0
  const heard = Promise.withResolvers<void>()

  const orNothing = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    if (redis.status !== 'ready' || performance.now() < restUntilMs) return undefined
    try {
      return await withDeadline(work(), answerMs, 'the page cache')
    } catch (error) {
      // Of pages that were asked for together it is told once.
      if (performance.now() >= restUntilMs) log.warn('page_cache.away', errorFields(error))
      restUntilMs = performance.now() + restMs
      return undefined
    }
  }

  const subscribe = (): Redis => {
    const connection = another(redis, 'landfast-page-flush')
    connection.on('message', () => {
      for (const forget of listeners) forget()
    })
    // Subscribed anew on every connection: the first may never have come to be.
    connection.on('ready', () => {
      connection
        .subscribe(channel)
        .then(() => heard.resolve())
        .catch((error) => log.warn('page_cache.not_listening', errorFields(error)))
    })
    connection.connect().catch(() => {})
    return connection
  }

  const cache: PageCache = {
    async get(build) {
      const kept = await orNothing(() => redis.get(keyOf(build)))
      if (!kept) return undefined
      const html = kept.slice(signatureLength)
      if (kept.slice(0, signatureLength) === signatureOf(build, html)) return html
      log.warn('page_cache.not_ours', { because: 'a page in Redis is not signed with this SECRET_KEY' })
      return undefined
    },
    async set(build, html, ttlMs) {
      await orNothing(() =>
        redis
          .multi()
          .set(keyOf(build), signatureOf(build, html) + html, 'PX', ttlMs)
          .sadd(builds, build)
          .pexpire(builds, ttlMs)
          .exec(),
      )
    },
    async flush() {
      const forgetAll = async () => {
        const keys = (await redis.smembers(builds)).map(keyOf)
        const removed = keys.length > 0 ? await redis.del(...keys) : 0
        await redis.del(builds)
        await redis.publish(channel, '')
        return removed
      }
      return withDeadline(forgetAll(), flushDeadlineMs, 'the flush')
    },
    onFlush(forget) {
      listeners.push(forget)
      subscriber ??= subscribe()
    },
  }
  return {
    ...cache,
    listening: heard.promise,
    async close(): Promise<void> {
      subscriber?.disconnect()
    },
  }
}
