import type { SpentProofs } from '../leads/ports.ts'

/** Spent proofs in memory, for unit tests; it can be told to fail. Never forgets. */
export function createMemorySpentProofs(): SpentProofs & { fail(on: boolean): void } {
  const uses = new Map<string, string>()
  let failing = false
  return {
    fail(on) {
      failing = on
    },
    async spend(proof, use) {
      if (failing) throw new Error('away')
      const first = uses.get(proof) ?? use
      uses.set(proof, first)
      return first
    },
  }
}
