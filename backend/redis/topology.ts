import { connect, Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { AbstractConnector, type RedisOptions as IoredisOptions, Redis } from 'ioredis'

type Place = Readonly<{ host: string; port: number }>

/** Finds the server that takes writes now. Rejects while nobody can tell. */
type Locate = () => Promise<Place>

/** What an address says of a Redis that is to be found first. */
type Topology = Readonly<{ locate: Locate; options: IoredisOptions }>

const askedMs = 500
const sentinelPort = 26_379

/** How to find the Redis at an address; undefined where the address itself leads to it. */
export function topologyOf(url: string): Topology | undefined {
  const [, scheme = '', authority = '', name = ''] =
    /^(rediss?\+sentinel):\/\/([^/?#]*)\/(.*)$/.exec(url) ?? []
  if (scheme === '') return undefined
  const cut = authority.lastIndexOf('@') + 1
  const [username = '', ...password] = authority.slice(0, Math.max(0, cut - 1)).split(':')
  const secured = scheme.startsWith('rediss')
  const options: IoredisOptions = {
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(password.length > 0 && { password: decodeURIComponent(password.join(':')) }),
    ...(secured && { tls: {} }),
  }
  const sentinels = authority.slice(cut).split(',').map(placeOf)
  return { locate: () => askSentinels(sentinels, name, options), options }
}

/** One of several hosts, such as `redis-1`, `10.0.0.1:26379` or `[::1]:26379`. */
function placeOf(host: string): Place {
  const { hostname, port } = new URL(`redis://${host}`)
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || sentinelPort) }
}

/** A connection to the Redis at an address, found anew whenever it connects. */
export function openRedis(url: string, options: IoredisOptions): Redis {
  const found = topologyOf(url)
  return found
    ? new Redis({ ...found.options, ...options, Connector: connectorTo(found.locate) })
    : new Redis(url, { ...options, Connector: connectorTo() })
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

/**
 * Asks all sentinels and believes the one that knows of the latest change: one that is cut off from the others still names
 * the master before it. Rejects when none answers in time.
 */
async function askSentinels(sentinels: readonly Place[], name: string, as: IoredisOptions): Promise<Place> {
  const answers = await Promise.allSettled(sentinels.map((sentinel) => askSentinel(sentinel, name, as)))
  const told = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
  const [latest] = told.sort((one, other) => other.epoch - one.epoch)
  if (latest) return latest.place
  const [refused] = answers.flatMap((answer) =>
    answer.status === 'rejected' ? [answer.reason as Error] : [],
  )
  throw new Error(`no sentinel names a master "${name}"${refused ? `: ${refused.message}` : ''}`)
}

async function askSentinel(at: Place, name: string, as: IoredisOptions) {
  const redis = new Redis({
    ...{ ...at, tls: as.tls, lazyConnect: true, enableReadyCheck: false, disableClientInfo: true },
    ...{ protocol: 2, retryStrategy: null, connectTimeout: askedMs, commandTimeout: askedMs },
  })
  let fault: Error | undefined
  redis.on('error', (error) => {
    fault ??= error
  })
  const ask = () => redis.call('sentinel', 'master', name) as Promise<string[]>
  try {
    await redis.connect()
    const flat = await ask().catch(async (error: Error) => {
      // Sentinels with a password have that of the servers they watch.
      if (!/^NOAUTH/.test(error.message) || !as.password) throw error
      await redis.call('auth', ...(as.username ? [as.username] : []), as.password)
      return ask()
    })
    const found = new Map(
      flat.flatMap((field, at) => (at % 2 === 0 ? [[field, flat[at + 1]!] as const] : [])),
    )
    const place = { host: found.get('ip')!, port: Number(found.get('port')) }
    return { place, epoch: Number(found.get('config-epoch')) }
  } catch (error) {
    throw fault ?? error
  } finally {
    redis.disconnect()
  }
}
