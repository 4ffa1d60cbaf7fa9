import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import { withDeadline } from '../deadline.ts'
import type { LiveChannel } from '../live/ports.ts'
import { errorFields, type Log } from '../log.ts'
import { another } from './connection.ts'

type Change = Readonly<{ version: number; id: string; replyTo: string }>
const oddEveryMs = 60_000
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

type Waiting = { following: number; wake(): void }

/**
 * Tells API processes of a change, on a connection that it shares, and counts those who follow. It listens on a
 * connection of its own, opened with the first `onChange`; `listening` resolves when it hears, `close` ends it.
 */
export function createLiveChannel(redis: Redis, log: Log) {
  // Channels know nothing of numbered databases, and two of those may be two Landfasts.
  const prefix = `live:${redis.options.db ?? 0}`
  const changes = `${prefix}:changed`
  const replies = `${prefix}:heard:${randomUUID()}`
  const waiting = new Map<string, Waiting>()
  const heard = Promise.withResolvers<void>()
  let reload: (() => Promise<number>) | undefined
  let subscriber: Redis | undefined
  let oddToldMs = Number.NEGATIVE_INFINITY

  const follow = async (change: Change): Promise<void> => {
    try {
      if (((await reload?.()) ?? 0) >= change.version) await redis.publish(change.replyTo, change.id)
    } catch (error) {
      log.warn('live.not_followed', { version: change.version, ...errorFields(error) })
    }
  }

  // Whoever can write there could fill the log as well.
  const tellOdd = (): void => {
    if (Date.now() < oddToldMs + oddEveryMs) return
    oddToldMs = Date.now()
    log.warn('live.odd_message', { channel: changes, because: 'it is not a change as we write it' })
  }

  const countReply = (id: string): void => {
    const change = waiting.get(id)
    if (!change) return
    change.following++
    change.wake()
  }

  const subscribe = (): Redis => {
    const connection = another(redis, 'landfast-live')
    connection.on('message', (channel: string, text: string) => {
      if (channel === replies) countReply(text)
      else {
        const change = readChange(text, prefix)
        if (change) void follow(change)
        else tellOdd()
      }
    })
    // Subscribed anew on every connection: the first may never have come to be.
    connection.on('ready', () => {
      connection
        .subscribe(changes, replies)
        .then(() => heard.resolve())
        .catch((error) => log.warn('live.not_listening', errorFields(error)))
    })
    connection.connect().catch(() => {})
    return connection
  }

  const channel: LiveChannel = {
    onChange(given) {
      reload = given
      subscriber ??= subscribe()
    },
    async announce(version, deadlineMs) {
      const id = randomUUID()
      const enough = Promise.withResolvers<void>()
      let listening = Number.POSITIVE_INFINITY
      const mine: Waiting = {
        following: 0,
        wake() {
          if (mine.following >= listening) enough.resolve()
        },
      }
      waiting.set(id, mine)
      const late = setTimeout(enough.resolve, deadlineMs)
      try {
        const change: Change = { version, id, replyTo: replies }
        const told = redis.publish(changes, JSON.stringify(change))
        listening = await withDeadline(told, deadlineMs, 'telling of a change')
        // The first replies may have come before the count of those who were told.
        mine.wake()
        await enough.promise
        return { listening, following: mine.following }
      } finally {
        clearTimeout(late)
        waiting.delete(id)
      }
    },
  }
  return {
    ...channel,
    listening: heard.promise,
    close: () => subscriber?.disconnect(),
  }
}

/** A change as a process told it. Undefined: anybody who can reach Redis may have written it. */
function readChange(text: string, prefix: string): Change | undefined {
  let told: unknown
  try {
    told = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof told !== 'object' || told === null) return undefined
  const { version, id, replyTo } = told as Partial<Record<keyof Change, unknown>>
  if (!Number.isSafeInteger(version) || typeof id !== 'string' || !uuid.test(id)) return undefined
  if (typeof replyTo !== 'string' || !replyTo.startsWith(`${prefix}:heard:`)) return undefined
  return { version: version as number, id, replyTo }
}
