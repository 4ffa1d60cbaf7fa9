import { connect, Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { AbstractConnector, type RedisOptions as IoredisOptions, Redis } from 'ioredis'
import type { Shard } from '../leads/shard.ts'
import { markShard, slotOf } from './keys.ts'

type Place = Readonly<{ host: string; port: number }>

/** Finds the server that takes writes now. Rejects while nobody can tell. */
type Locate = () => Promise<Place>

/** What an address says of a Redis that is to be found first. */
type Topology = Readonly<{ locate: Locate; options: IoredisOptions }>

const askedMs = 500
// Unless the address names another.
const ports = { sentinel: 26_379, cluster: 6379 }

/** Whether an address leads each shard to a server of its own. */
export const isCluster = (url: string): boolean => /^rediss?\+cluster:/.test(url)

/** How to find the Redis at an address; undefined where the address itself leads to it. */
export function topologyOf(url: string, shard?: Shard): Topology | undefined {
  const [, scheme = '', kind, authority = '', name = ''] =
    /^(rediss?)\+(sentinel|cluster):\/\/([^/?#]*)\/?(.*)$/.exec(url) ?? []
  if (kind !== 'sentinel' && kind !== 'cluster') return undefined
  const cut = authority.lastIndexOf('@') + 1
  const [username = '', ...password] = authority.slice(0, Math.max(0, cut - 1)).split(':')
  const options: IoredisOptions = {
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(password.length > 0 && { password: decodeURIComponent(password.join(':')) }),
    ...(scheme === 'rediss' && { tls: {} }),
  }
  const hosts = authority
    .slice(cut)
    .split(',')
    .map((host) => placeOf(host, ports[kind]))
  const latest = kind === 'sentinel' ? (at: Place) => askSentinel(at, name, options) : askNode(shard, options)
  return { locate: () => askAll(hosts, latest), options }
}

/** One of several hosts, such as `redis-1`, `10.0.0.1:26379` or `[::1]:26379`. */
function placeOf(host: string, portElse: number): Place {
  const { hostname, port } = new URL(`redis://${host}`)
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || portElse) }
}

/** A connection to the Redis at an address, found anew whenever it connects. */
export function openRedis(
  { url, shard }: Readonly<{ url: string; shard?: Shard }>,
  options: IoredisOptions,
): Redis {
  const found = topologyOf(url, shard)
  const redis = found
    ? new Redis({ ...found.options, ...options, Connector: connectorTo(found.locate) })
    : new Redis(url, { ...options, Connector: connectorTo() })
  markShard(redis, shard)
  return redis
}

/** Whether a connection, once it is made, leads to this place. */
export function isAt(redis: Redis, { host, port }: Place): boolean {
  const { place } = (redis as unknown as Readonly<{ connector: Readonly<{ place?: Place }> }>).connector
  return place?.host === host && place.port === port
}

type ConnectorOptions = IoredisOptions & Readonly<{ disconnectTimeout: number }>

/**
 * ioredis ends a connection for good when its connector rejects, and its own do so where they are told to begin anew
 * while they connect. This one never does: what it did not reach is a connection that was lost, and is tried again.
 */
function connectorTo(locate?: Locate) {
  return class Connector extends AbstractConnector {
    place?: Place
    #leave = () => {}
    readonly #options: ConnectorOptions

    constructor(options: unknown) {
      super((options as ConnectorOptions).disconnectTimeout)
      this.#options = options as ConnectorOptions
    }

    async connect(): Promise<Socket> {
      this.connecting = true
      this.firstError = undefined
      const left = new Promise<void>((resolve) => {
        this.#leave = resolve
      })
      const { host = 'localhost', port = 6379, family, tls } = this.#options
      try {
        // A turn later, as ioredis expects.
        const place = await Promise.race([locate ? locate() : Promise.resolve({ host, port }), left])
        if (place && this.connecting) {
          this.place = place
          const to = { ...place, family }
          const stream = tls ? connectTls({ ...to, ...tls }) : connect(to)
          stream.once('error', (error) => {
            this.firstError = error
          })
          this.stream = stream
          return stream
        }
      } catch (error) {
        this.firstError = error as Error
      }
      return new Socket().destroy()
    }

    override disconnect(): void {
      super.disconnect()
      this.#leave()
    }
  }
}

/** A server and how many changes it took to be the one, as one of those asked knows it. */
type Told = Readonly<{ place: Place; epoch: number }>

/**
 * Asks all of them and believes the one that knows of the latest change: one that is cut off from the others still names the
 * master before it. Rejects when none answers in time.
 */
async function askAll(places: readonly Place[], ask: (at: Place) => Promise<Told>): Promise<Place> {
  const answers = await Promise.allSettled(places.map(ask))
  const told = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
  const [latest] = told.sort((one, other) => other.epoch - one.epoch)
  if (latest) return latest.place
  const [refused] = answers.flatMap((answer) =>
    answer.status === 'rejected' ? [answer.reason as Error] : [],
  )
  throw new Error(`nobody names a master of Redis: ${refused?.message}`)
}

async function askSentinel(at: Place, name: string, as: IoredisOptions): Promise<Told> {
  // Sentinels with a password have that of the servers they watch.
  const flat = await briefly(at, { tls: as.tls }, async (redis) => {
    const ask = () => redis.call('sentinel', 'master', name) as Promise<string[]>
    return ask().catch(async (error: Error) => {
      if (!/^NOAUTH/.test(error.message) || !as.password) throw error
      await redis.call('auth', ...(as.username ? [as.username] : []), as.password)
      return ask()
    })
  })
  const found = new Map(flat.flatMap((field, at) => (at % 2 === 0 ? [[field, flat[at + 1]!] as const] : [])))
  const place = { host: found.get('ip')!, port: Number(found.get('port')) }
  return { place, epoch: Number(found.get('config-epoch')) }
}

/** Asks a node of a cluster who has the slot of a shard. What there is of others is in the slot of none. */
function askNode(shard: Shard | undefined, as: IoredisOptions): (at: Place) => Promise<Told> {
  const slot = shard ? slotOf(shard) : 0
  return async (at) => {
    const text = await whatItKnows(at, as)
    for (const line of text.split('\n')) {
      const [, address = '', flags = '', , , , epoch, , ...slots] = line.split(' ')
      if (!flags.split(',').includes('master') || !slots.some((range) => holds(range, slot))) continue
      // "host:port@busport", without a host where a node has not heard its own yet.
      const [, host, port] = /^(.*):(\d+)@/.exec(address) ?? []
      return { place: { host: host || at.host, port: Number(port) }, epoch: Number(epoch) }
    }
    throw new Error('no master has the slot of this shard')
  }
}

// All shards of a process ask at nearly the same time.
const stillTrueMs = 200
const known = new Map<string, Promise<string>>()

function whatItKnows(at: Place, as: IoredisOptions): Promise<string> {
  const name = `${at.host} ${at.port} ${as.username}`
  const before = known.get(name)
  if (before) return before
  const asking = briefly(at, as, (redis) => redis.call('cluster', 'nodes') as Promise<string>)
  known.set(name, asking)
  const forget = () => setTimeout(() => known.delete(name), stillTrueMs)
  asking.then(forget, forget)
  return asking
}

function holds(range: string, slot: number): boolean {
  const [from, to = from] = range.split('-').map(Number)
  return slot >= from! && slot <= to!
}

/** Asks one question on a connection of its own. */
async function briefly<T>(at: Place, as: IoredisOptions, ask: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({
    ...{ ...as, ...at, lazyConnect: true, enableReadyCheck: false, disableClientInfo: true },
    ...{ protocol: 2, retryStrategy: null, connectTimeout: askedMs, commandTimeout: askedMs },
  })
  let fault: Error | undefined
  redis.on('error', (error) => {
    fault ??= error
  })
  try {
    await redis.connect()
    return await ask(redis)
  } catch (error) {
    throw fault ?? error
  } finally {
    redis.disconnect()
  }
}
