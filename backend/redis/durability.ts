import type { Redis } from 'ioredis'

const wanted: Readonly<Record<string, string>> = {
  appendonly: 'yes',
  appendfsync: 'always',
  // With `yes` even `always` skips the fsync while the append-only file is rewritten.
  'no-appendfsync-on-rewrite': 'no',
  'maxmemory-policy': 'noeviction',
}

// SET with NX and GET together, which claims are taken with.
const oldestVersion = 7

/**
 * What keeps this Redis from making a 202 true, in one sentence, or undefined when it may acknowledge.
 * Settings that cannot be read count as wrong.
 */
export async function unsafeBecause(redis: Redis): Promise<string | undefined> {
  const faults = await durabilityFaults(redis)
  return faults.length > 0 ? `Redis cannot acknowledge leads: ${faults.join('; ')}` : undefined
}

async function durabilityFaults(redis: Redis): Promise<string[]> {
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
  const version = /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? 'unknown'
  if (!(Number.parseInt(version, 10) >= oldestVersion))
    faults.push(`its version is ${version} and must be ${oldestVersion}.0 or newer`)
  return faults
}

function pairs(flat: readonly string[]): [string, string][] {
  const result: [string, string][] = []
  for (let index = 0; index + 1 < flat.length; index += 2) result.push([flat[index]!, flat[index + 1]!])
  return result
}
