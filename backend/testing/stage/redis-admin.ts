import { Redis } from 'ioredis'

const name = 'admin'
const password = 'of-tests-only'

/**
 * Settings that give a test's own Redis one more user, who may do everything. The user of the line may not set, list or
 * flush, which tests have to.
 */
export const adminUser: readonly string[] = ['--user', name, 'on', `>${password}`, '~*', '&*', '+@all']

/** The address for that user. One that was given from outside is left as it is: its user has to be able to. */
export function asAdmin(address: string): string {
  const url = new URL(address)
  if (url.username !== 'landfast') return address
  url.username = name
  url.password = password
  return url.href
}

/** A connection of that user. */
export function redisAdmin(address: string): Redis {
  const redis = new Redis(asAdmin(address))
  redis.on('error', () => undefined)
  return redis
}

const ofATest = 'of-this-test'

/** Gives the Redis at `address` one more user, with these rights and all keys. Returns the address for it. */
export async function userWith(
  admin: Redis,
  address: string,
  name: string,
  ...rules: readonly string[]
): Promise<string> {
  await admin.call('ACL', 'SETUSER', name, 'reset', 'on', `>${ofATest}`, '~*', '&*', ...rules)
  const url = new URL(address)
  url.username = name
  url.password = ofATest
  return url.href
}
