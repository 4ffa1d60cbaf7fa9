import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import { keysOf } from './keys.ts'
import { writes } from './rights.ts'

const wanted: Readonly<Record<string, string>> = {
  appendonly: 'yes',
  appendfsync: 'always',
  // With `yes` even `always` skips the fsync while the append-only file is rewritten.
  'no-appendfsync-on-rewrite': 'no',
  'maxmemory-policy': 'noeviction',
}

// SET with NX and GET together, which claims are taken with.
const oldestVersion = 7
// From here on Valkey reads its append-only file with every right; Redis reads it with those of the user `default`.
const valkeyThatReadsAll = 9.1

/** What keeps this Redis from making a 202 true, each a clause. Settings that cannot be read count as wrong. */
export async function durabilityFaults(redis: Redis): Promise<string[]> {
  let found: Map<string, string>
  try {
    // ioredis 6 speaks RESP3, where CONFIG GET is a map; it gives a flat list either way.
    const flat = (await redis.config('GET', '*')) as string[] | Record<string, string>
    found = new Map(Array.isArray(flat) ? pairs(flat) : Object.entries(flat))
  } catch (error) {
    return [`its settings cannot be read (${(error as Error).message}); the user needs +config|get`]
  }
  const faults = Object.entries(wanted)
    .filter(([name, value]) => found.get(name) !== value)
    .map(([name, value]) => `${name} is ${found.get(name) ?? 'unknown'} and must be ${value}`)
  const about = await redis.info('server')
  const version = numberIn(about, 'redis_version')
  if (!(Number.parseInt(version, 10) >= oldestVersion))
    faults.push(`its version is ${version} and must be ${oldestVersion}.0 or newer`)
  const forgets = await forgottenAtRestart(redis)
  if (forgets?.length && !(Number.parseFloat(numberIn(about, 'valkey_version')) >= valkeyThatReadsAll))
    faults.push(
      `after a restart it would skip every batch in its append-only file, which it reads as the user "default", who may not ${forgets.join(', ')}: give that user "off resetpass ~* &* +@all"`,
    )
  return faults
}

/**
 * The commands of a batch that Redis would not do again when it reads its append-only file: it does so as the user
 * `default`, and EXEC asks for that user's rights. Undefined where this Redis or its user does not let us ask.
 */
export async function forgottenAtRestart(redis: Redis): Promise<string[] | undefined> {
  const asked = await Promise.all(
    ['exec', ...writes].map(async (call) => {
      const [command = '', ...parts] = call.split(' ')
      const answer = await redis.call('acl', 'dryrun', 'default', command, ...parts).catch((error: Error) => {
        if (/^(?:NOPERM|ERR)/.test(error.message)) return undefined
        throw error
      })
      return { command, answer }
    }),
  )
  if (asked.some(({ answer }) => answer === undefined)) return undefined
  return [...new Set(asked.filter(({ answer }) => answer !== 'OK').map(({ command }) => command))]
}

/**
 * Writes in a transaction on one connection and reads on the other: an address that leads to several servers, or to one
 * that does not do what it says, is found here. Resolves with what is wrong, as a clause.
 */
export async function unreadable(writer: Redis, reader: Redis): Promise<string | undefined> {
  const key = `${keysOf(writer).own('written')}:${randomUUID()}`
  const keptMs = 60_000
  for (const [error] of (await writer.multi().set(key, key, 'PX', keptMs).exec()) ?? [])
    if (error) throw error
  const read = await reader.get(key)
  await writer.del(key)
  return read === key
    ? undefined
    : 'what one connection writes the next does not find, as if its address led to several servers'
}

const numberIn = (info: string, name: string) =>
  new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1] ?? 'unknown'

function pairs(flat: readonly string[]): [string, string][] {
  const result: [string, string][] = []
  for (let index = 0; index + 1 < flat.length; index += 2) result.push([flat[index]!, flat[index + 1]!])
  return result
}
