import type { Redis } from 'ioredis'
import { type Keys, keysOf, plainKeys } from './keys.ts'

/**
 * Every command that API, worker, operators' commands and the scripts of BullMQ need, once each and on each kind of key.
 * They are only offered to Redis and never done. `docker/redis-start` allows the same; a test compares the two.
 */
function callsOn({ queue, known, events, ...keys }: Keys): readonly string[] {
  const claim = `${keys.claim}rights`
  return [
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

    // Beside shards the cache has a Redis of its own, and these keys are in the slot of none.

    ...(claim === 'claim:rights' ? ['get limit:rights', 'get page:html:rights', 'get proof:rights'] : []),

    `get ${claim}`,
    `get ${events('rights')}`,
    `set ${claim} 0`,
    `mget ${claim}`,
    `incr ${queue('id')}`,
    `incrby ${queue('id')} 1`,
    `del ${queue('rights')}`,
    `unlink ${queue('rights')}`,
    `exists ${queue('rights')}`,
    `persist ${queue('rights')}`,
    `pexpire ${queue('rights')} 1`,
    `pexpireat ${queue('rights')} 1`,
    `pttl ${queue('rights')}`,
    `rename ${queue('rights')} ${queue('rights')}`,

    `hget ${known} told`,
    `hset ${known} told 0`,
    `hmget ${known} told`,
    `hmset ${queue('rights')} data 0`,
    `hgetall ${queue('rights')}`,
    `hdel ${known} lost`,
    `hexists ${queue('rights')} data`,
    `hincrby ${queue('rights')} ats 1`,
    `hlen ${queue('rights')}`,

    `lindex ${queue('wait')} 0`,
    `llen ${queue('wait')}`,
    `lpop ${queue('wait')}`,
    `lpos ${queue('wait')} 0`,
    `lpush ${queue('wait')} 0`,
    `lrange ${queue('wait')} 0 0`,
    `lrem ${queue('wait')} 0 0`,
    `lset ${queue('wait')} 0 0`,
    `ltrim ${queue('wait')} 0 0`,
    `rpop ${queue('wait')}`,
    `rpoplpush ${queue('wait')} ${queue('active')}`,
    `rpush ${queue('wait')} 0`,

    `sadd ${queue('stalled')} 0`,
    `scard ${queue('stalled')}`,
    `sismember ${queue('stalled')} 0`,
    `smembers ${queue('stalled')}`,
    `srem ${queue('stalled')} 0`,

    `xadd ${queue('events')} * rights 0`,
    `xdel ${queue('events')} 0`,
    `xlen ${queue('events')}`,
    `xrange ${queue('events')} 0 0`,
    `xread streams ${queue('events')} 0`,
    `xtrim ${queue('events')} maxlen 100`,

    `zadd ${queue('delayed')} 0 0`,
    `zcard ${queue('delayed')}`,
    `zcount ${queue('delayed')} 0 0`,
    `zlexcount ${queue('delayed')} - +`,
    `zpopmin ${queue('marker')}`,
    `bzpopmin ${queue('marker')} 1`,
    `zrange ${queue('delayed')} 0 0`,
    `zrangebylex ${queue('delayed')} - +`,
    `zrangebyscore ${queue('delayed')} 0 0`,
    `zrem ${queue('delayed')} 0`,
    `zremrangebyrank ${queue('delayed')} 0 0`,
    `zremrangebyscore ${queue('delayed')} 0 0`,
    `zrevrange ${queue('delayed')} 0 0`,
    `zrevrangebyscore ${queue('delayed')} 0 0`,
    `zscore ${queue('delayed')} 0`,
  ]
}

/** What `docker/redis-start` allows as well, and nobody misses where a Redis does not; `wait` where replicas confirm, `cluster|nodes` in a cluster. */
export const wishedRights: readonly string[] = ['bgrewriteaof', 'wait', 'cluster|nodes']

const containers = ['config', 'script', 'client', 'acl']

/** The name of a call among the rights of a user, such as `config|get`. */
function rightOf(call: string): string {
  const [command = '', second = ''] = call.split(' ')
  return containers.includes(command) ? `${command}|${second}` : command
}

/** The rights whose lack is found before anything is done. */
export const probedRights: readonly string[] = [...new Set(callsOn(plainKeys).map(rightOf))]

/** The calls that write, as Redis finds them again in its append-only file. */
export const writes: readonly string[] = callsOn(plainKeys).filter((call) =>
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
  await Promise.all(callsOn(keysOf(connection)).map(offer))
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
