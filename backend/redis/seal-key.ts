import type { Redis } from 'ioredis'
import { type IdSeal, idSealOf, isSealed } from '../leads/id-seal.ts'
import { keysOf } from './keys.ts'
import sealScript from './seal.lua' with { type: 'text' }

/** Agrees with all processes on one key: that which is kept in this Redis, else `own`, which is kept from now on. */
export async function agreeOnSeal(redis: Redis, own: string): Promise<string> {
  return (await redis.eval(sealScript, 1, keysOf(redis).known, own)) as string
}

/** Opens ids by the key that is kept in this Redis. Undefined for an id under a seal of which nothing is known. */
export async function sealOpener(redis: Redis): Promise<(id: string) => string | undefined> {
  const key = await redis.hget(keysOf(redis).known, 'seal')
  const seal: IdSeal | undefined = key === null ? undefined : idSealOf(key)
  return (id) => (isSealed(id) ? seal?.open(id) : id)
}
