import { Redis } from 'ioredis'
import { errorFields, type Log } from '../log.ts'

export type RedisOptions = Readonly<{ url: string; name: string; log: Log }>

const reconnectMsMax = 1_000

/**
 * A connection for work that must not wait: commands fail at once while Redis is away.
 * It connects when told to (`connect()`), and again by itself whenever it is lost.
 */
export function redisForCommands(options: RedisOptions): Redis {
  return listen(
    new Redis(options.url, {
      connectionName: options.name,
      lazyConnect: true,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      connectTimeout: 2_000,
      disableClientInfo: true,
      retryStrategy: (attempt) => Math.min(attempt * 100, reconnectMsMax),
    }),
    options,
  )
}

/** A connection for the worker, which waits for Redis as long as it takes. */
export function redisForWorker(options: RedisOptions): Redis {
  return listen(
    new Redis(options.url, {
      connectionName: options.name,
      maxRetriesPerRequest: null,
      connectTimeout: 2_000,
      disableClientInfo: true,
      retryStrategy: (attempt) => Math.min(attempt * 100, reconnectMsMax),
    }),
    options,
  )
}

function listen(redis: Redis, options: RedisOptions): Redis {
  // Without a listener a lost connection would be thrown; one line per outage is enough.
  let told = false
  redis.on('error', (error) => {
    if (!told) options.log.warn('redis.connection_lost', { connection: options.name, ...errorFields(error) })
    told = true
  })
  redis.on('ready', () => {
    told = false
  })
  return redis
}
