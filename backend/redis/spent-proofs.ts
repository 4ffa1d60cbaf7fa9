import type { Redis } from 'ioredis'
import { withDeadline } from '../deadline.ts'
import type { SpentProofs } from '../leads/ports.ts'

// A visitor waits for this; a process that hears nothing goes by its own memory.
const answerDeadlineMs = 250

/** Spent proofs in the cache Redis, each for as long as its challenge could be solved. */
export function createSpentProofs(redis: Redis, answerMs = answerDeadlineMs): SpentProofs {
  return {
    async spend(proof, use, ttlMs) {
      const noting = redis.set(`proof:${proof}`, use, 'PX', ttlMs, 'NX', 'GET')
      return (await withDeadline(noting, answerMs, 'spending a proof')) ?? use
    },
  }
}
