import type { Redis } from 'ioredis'
import { eventsQueue } from './batch-queue.ts'
import { claimPrefix } from './claims.ts'
import { jobKey, knownKey, queueKey } from './lead-job.ts'

const claim = `${claimPrefix}rights`
const events = `bull:${eventsQueue}:rights`

/**
 * Every command that API, worker, operators' commands and the scripts of BullMQ need, once each and on each kind of key.
 * They are only offered to Redis and never done. `docker/redis-start` allows the same; a test compares the two.
 */
const calls: readonly string[] = [
  'info server',
  'config get appendonly',
  'time',
  'scan 0',
  'eval return 0',
  'evalsha 0 0',
  'script exists 0',
  'script load 0',
  'publish live:rights 0',
  `type ${claim}`,

  `get ${claim}`,
  'get limit:rights',
  'get page:html:rights',
  'get proof:rights',
  `get ${events}`,
  `set ${claim} 0`,
  `mget ${claim}`,
  `incr ${jobKey('id')}`,
  `incrby ${jobKey('id')} 1`,
  `del ${jobKey('rights')}`,
  `unlink ${jobKey('rights')}`,
  `exists ${jobKey('rights')}`,
  `persist ${jobKey('rights')}`,
  `pexpire ${jobKey('rights')} 1`,
  `pexpireat ${jobKey('rights')} 1`,
  `pttl ${jobKey('rights')}`,
  `rename ${queueKey('rights')} ${queueKey('rights')}`,

  `hget ${knownKey} told`,
  `hset ${knownKey} told 0`,
  `hmget ${knownKey} told`,
  `hmset ${jobKey('rights')} data 0`,
  `hgetall ${jobKey('rights')}`,
  `hdel ${knownKey} lost`,
  `hexists ${jobKey('rights')} data`,
  `hincrby ${jobKey('rights')} ats 1`,
  `hlen ${jobKey('rights')}`,

  `lindex ${queueKey('wait')} 0`,
  `llen ${queueKey('wait')}`,
  `lpop ${queueKey('wait')}`,
  `lpos ${queueKey('wait')} 0`,
  `lpush ${queueKey('wait')} 0`,
  `lrange ${queueKey('wait')} 0 0`,
  `lrem ${queueKey('wait')} 0 0`,
  `lset ${queueKey('wait')} 0 0`,
  `ltrim ${queueKey('wait')} 0 0`,
  `rpop ${queueKey('wait')}`,
  `rpoplpush ${queueKey('wait')} ${queueKey('active')}`,
  `rpush ${queueKey('wait')} 0`,

  `sadd ${queueKey('stalled')} 0`,
  `scard ${queueKey('stalled')}`,
  `sismember ${queueKey('stalled')} 0`,
  `smembers ${queueKey('stalled')}`,
  `srem ${queueKey('stalled')} 0`,

  `xadd ${queueKey('events')} * rights 0`,
  `xdel ${queueKey('events')} 0`,
  `xlen ${queueKey('events')}`,
  `xrange ${queueKey('events')} 0 0`,
  `xread streams ${queueKey('events')} 0`,
  `xtrim ${queueKey('events')} maxlen 100`,

  `zadd ${queueKey('delayed')} 0 0`,
  `zcard ${queueKey('delayed')}`,
  `zcount ${queueKey('delayed')} 0 0`,
  `zlexcount ${queueKey('delayed')} - +`,
  `zpopmin ${queueKey('marker')}`,
  `bzpopmin ${queueKey('marker')} 1`,
  `zrange ${queueKey('delayed')} 0 0`,
  `zrangebylex ${queueKey('delayed')} - +`,
  `zrangebyscore ${queueKey('delayed')} 0 0`,
  `zrem ${queueKey('delayed')} 0`,
  `zremrangebyrank ${queueKey('delayed')} 0 0`,
  `zremrangebyscore ${queueKey('delayed')} 0 0`,
  `zrevrange ${queueKey('delayed')} 0 0`,
  `zrevrangebyscore ${queueKey('delayed')} 0 0`,
  `zscore ${queueKey('delayed')} 0`,
]

/** What `docker/redis-start` allows as well, and nobody misses where a Redis does not; `wait` where replicas confirm. */
export const wishedRights: readonly string[] = ['bgrewriteaof', 'wait']

const containers = ['config', 'script', 'client', 'acl']

/** The name of a call among the rights of a user, such as `config|get`. */
function rightOf(call: string): string {
  const [command = '', second = ''] = call.split(' ')
  return containers.includes(command) ? `${command}|${second}` : command
}

/** The rights whose lack is found before anything is done. */
export const probedRights: readonly string[] = [...new Set(calls.map(rightOf))]

/** The calls that write, as Redis finds them again in its append-only file. */
export const writes: readonly string[] = calls.filter((call) =>
  /^(?:set|incr|incrby|del|unlink|persist|pexpireat|rename|hset|hmset|hdel|hincrby|[lr]push|[lr]pop|rpoplpush|lrem|ltrim|lset|sadd|srem|xadd|xdel|xtrim|zadd|zrem|zpopmin|zremrangebyrank|zremrangebyscore) /.test(
    call,
  ),
)

/**
 * What the user of this connection may not do. Inside a MULTI Redis says of each command whether it may be
 * done, and after a DISCARD none is. Leaves the connection as it was only where `multi` and `discard` are allowed: give
 * it one of its own.
 */
export async function missingRights(connection: Redis): Promise<readonly string[]> {
  const missing = new Set<string>()
  const offer = (call: string) => {
    const [command = '', ...parts] = call.split(' ')
    return connection.call(command, ...parts).catch((error: Error) => {
      if (/^NOPERM/.test(error.message)) missing.add(wordOf(call, error.message))
      else if (/unknown (?:sub)?command/i.test(error.message)) missing.add(`+${rightOf(call)}`)
      else throw error
    })
  }
  await offer('multi')
  if (missing.size > 0) return [...missing]
  await Promise.all(calls.map(offer))
  await offer('discard')
  return [...missing]
}

/** The same of listening, after which the connection may be good for nothing else. */
export async function missingToListen(connection: Redis): Promise<readonly string[]> {
  try {
    await connection.subscribe('live:rights')
    return []
  } catch (error) {
    const { message } = error as Error
    if (!/^NOPERM/.test(message)) throw error
    return [wordOf('subscribe live:rights', message)]
  }
}

/** What to give, in the words of an ACL: a command, or the keys or channels that it was tried on. */
function wordOf(call: string, refusal: string): string {
  const [, first = ''] = call.split(' ')
  if (/\bchannels?\b/i.test(refusal)) return `&${first.split(':')[0]}:*`
  if (/\bkeys?\b/i.test(refusal)) return `~${first.split(':')[0]}:*`
  return `+${rightOf(call)}`
}
