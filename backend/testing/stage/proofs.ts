import { createHash } from 'node:crypto'
import type { Challenge } from '../../leads/challenge.ts'

/** Solves a challenge as a client does: the `proof` to send. */
export function solve({ salt, challenge, max, expires_at, signature }: Challenge): string {
  for (let number = 0; number <= max; number++)
    if (createHash('sha256').update(`${salt}${number}`).digest('hex') === challenge)
      return encodeProof({ salt, number, expires_at, signature })
  throw new Error('the challenge has no solution')
}

/** Any object as it travels in the field `proof`. */
export function encodeProof(proof: unknown): string {
  return Buffer.from(JSON.stringify(proof)).toString('base64url')
}
