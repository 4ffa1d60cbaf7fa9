import type { RedisOptions as IoredisOptions, Redis } from 'ioredis'
import { connectionFault } from '../connection-fault.ts'
import type { Shard } from '../leads/shard.ts'
import { errorFields, type Log } from '../log.ts'
import { tiringLog } from '../tiring-log.ts'
import { markShard, shardOfConnection } from './keys.ts'
import { isAt, isCluster, openRedis, topologyOf } from './topology.ts'

export type RedisOptions = Readonly<{
  url: string
  name: string
  /** The part of the phones it is for. Absent: there is one. */
  shard?: Shard
  log: Log
}>

const reconnectMsMax = 1_000
const refusedMsMax = 2_000
// Whoever sends nothing for so long although something was asked is gone: a machine that lost its power does not say so,
// and neither does one that takes a connection and never answers the greeting. Longer than the deadlines of those who
// ask, and for the worker than its blocking read, 5 s: what its queue holds must not wait longer for it than it has to.
const silentMsMax = { commands: 5_000, worker: 7_000 }

// What a server answers that is not, or no longer, the one to write to. Whatever stands before it, a name, an address
// that moves or a proxy, leads a new connection to the one that is; the old one stays where it is for ever.
const notTheOne =
  /^(?:READONLY|MASTERDOWN|LOADING|UNBLOCKED|NOREPLICAS|CLUSTERDOWN|MOVED|ASK|TRYAGAIN|NOAUTH)\b/

/** Whether a new connection may find a server that does not refuse. */
export function isRefusal(error: unknown): error is Error {
  return error instanceof Error && notTheOne.test(error.message)
}

/**
 * A connection for work that must not wait: commands fail at once while Redis is away.
 * It connects when told to (`connect()`), and again by itself whenever it is lost or refused.
 */
export function redisForCommands(options: RedisOptions): Redis {
  return open(options, 'reject', {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    socketTimeout: silentMsMax.commands,
  })
}

/** A connection for the worker, which waits for Redis as long as it takes. */
export function redisForWorker(options: RedisOptions): Redis {
  return open(options, 'resend', { maxRetriesPerRequest: null, socketTimeout: silentMsMax.worker })
}

/** One more connection to the same Redis, for what cannot share one, such as listening. It connects when told to. */
export function another(redis: Redis, name: string): Redis {
  const connection = redis.duplicate({ connectionName: name, lazyConnect: true })
  markShard(connection, shardOfConnection(redis))
  // The first connection tells of an outage; without a listener it would be thrown here as well.
  connection.on('error', () => {})
  const family = familyOf.get(redis)
  if (family) join(family, connection)
  readyWithoutWords(connection)
  return connection
}

// What is refused again and again is refused every two seconds or so; one that is let in is not.
const stillRefusedMs = 6_000

/** What is in the way, where waiting does not help: a certificate, or a server that goes on refusing what it is asked. */
export function refusedBecause(redis: Redis): string | undefined {
  const family = familyOf.get(redis)
  if (family?.fault) return `Redis cannot be reached: ${family.fault}`
  if (!family || family.refusals < 3 || performance.now() - family.refusedAtMs > stillRefusedMs)
    return undefined
  return `Redis refuses it: ${family.refusal.split('. ')[0]}`
}

// Every connection of this process that an address leads to the same server, which in a cluster are those of one shard:
// when one of them is refused, the others are where it was.
type Family = {
  members: Set<Redis>
  refusals: number
  refusedAtMs: number
  refusal: string
  /** Why the last try to connect failed, where somebody has to do something about it. */
  fault?: string
}
// A master that was cut off from those who appoint another hears nothing of it, and we are still at it.
const lookWhereMs = 2_000
const families = new Map<string, Family>()
const familyOf = new WeakMap<Redis, Family>()
// What was refused so long ago was another outage.
const oldRefusalMs = 30_000
const oneRefusalMs = 50

function open(options: RedisOptions, refused: 'reject' | 'resend', own: IoredisOptions): Redis {
  const family = familyAt(options)
  const redis = openRedis(options, {
    ...own,
    connectionName: options.name,
    connectTimeout: 2_000,
    disableClientInfo: true,
    retryStrategy: (attempt) =>
      Math.max(Math.min(attempt * 100, reconnectMsMax), Math.min(family.refusals * 100, refusedMsMax)),
    reconnectOnError(error) {
      if (!isRefusal(error)) return false
      moveOn(family, error)
      return refused === 'resend' ? 2 : 1
    },
  })
  const log = tiringLog(options.log)
  // Without a listener a lost connection would be thrown.
  redis.on('error', (error) => {
    family.fault = connectionFault(error)
    log.warn('redis.connection_lost', { connection: options.name, ...errorFields(error) })
  })
  redis.on('ready', () => {
    family.fault = undefined
    log.rested()
  })
  join(family, redis)
  readyWithoutWords(redis)
  return redis
}

function familyAt({ url, shard }: RedisOptions): Family {
  const name = isCluster(url) ? `${shard?.index} ${url}` : url
  const known = families.get(name)
  if (known) return known
  const family: Family = { members: new Set(), refusals: 0, refusedAtMs: 0, refusal: '' }
  families.set(name, family)
  const locate = topologyOf(url, shard)?.locate
  const follow = async () => {
    const now = family.members.size > 0 && (await locate?.().catch(() => undefined))
    if (now) for (const member of family.members) if (!isAt(member, now)) beginAnew(member)
  }
  if (locate) setInterval(() => void follow(), lookWhereMs).unref()
  return family
}

function join(family: Family, redis: Redis): void {
  familyOf.set(redis, family)
  family.members.add(redis)
  redis.on('end', () => family.members.delete(redis))
}

/**
 * Begins a connection anew after something went wrong on it: the other end may be gone without a word, or have forgotten
 * its scripts. After a refusal every connection to its address does, with pauses that grow with the refusals.
 */
export function renew(redis: Redis, error: unknown): void {
  const family = familyOf.get(redis)
  if (family && isRefusal(error)) moveOn(family, error)
  else beginAnew(redis)
}

function moveOn(family: Family, refusal: Error): void {
  const nowMs = performance.now()
  if (nowMs - family.refusedAtMs > oldRefusalMs) family.refusals = 0
  // A hundred commands that are refused at once are refused once.
  if (nowMs - family.refusedAtMs > oneRefusalMs) family.refusals++
  family.refusedAtMs = nowMs
  family.refusal = refusal.message
  for (const member of family.members) beginAnew(member)
}

// One that is connecting does so already.
function beginAnew(redis: Redis): void {
  if (redis.status === 'ready') redis.disconnect(true)
}

const loadingPauseMs = 100

/**
 * Waits for Redis to have read its file, as ioredis does, without the line of its own that ioredis writes for every
 * connection of a user who may not ask: that and more is told by `fitnessOf`.
 */
function readyWithoutWords(redis: Redis): void {
  const checked = redis as unknown as { _readyCheck(done: (error?: Error | null) => void): void }
  checked._readyCheck = (done) => {
    redis.info('persistence').then(
      (text) => {
        if (/^loading:1/m.test(text)) setTimeout(() => checked._readyCheck(done), loadingPauseMs)
        else done()
      },
      (error: Error) => done(/^NOPERM/.test(error.message) ? null : error),
    )
  }
}
