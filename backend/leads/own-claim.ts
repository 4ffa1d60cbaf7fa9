import { createHash } from 'node:crypto'
import type { Lead } from './lead.ts'
import { shardDigits } from './shard.ts'

/**
 * The key under which a duplicate that is kept claims its phone together with its Idempotency-Key. Without such a claim its
 * retry would get another id and be no replay, which tells a stranger that the phone is somebody's. Undefined: it has no key,
 * and nobody can tell its retry.
 */
export function ownClaimKey({
  phoneKey,
  idempotencyKey,
}: Pick<Lead, 'phoneKey' | 'idempotencyKey'>): string | undefined {
  if (idempotencyKey === '') return undefined
  const hash = createHash('sha256').update(`${phoneKey}:${idempotencyKey}`).digest('hex')
  // It begins as that of the phone does, which tells its shard.
  return phoneKey.slice(0, shardDigits) + hash.slice(shardDigits, 32)
}
