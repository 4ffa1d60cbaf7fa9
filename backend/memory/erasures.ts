import type { Erasure, ErasureTable } from '../desk/erasure.ts'

/** Erasures that are asked for and never carried out. */
export function memoryErasures(): Pick<ErasureTable, 'begin' | 'find' | 'list' | 'told'> {
  const asked: Erasure[] = []
  return {
    async begin(phoneKey, askedBy) {
      const open = asked.find((each) => each.phoneKey === phoneKey)
      if (open) return open
      const erasure = { id: crypto.randomUUID(), phoneKey, askedBy, askedAt: new Date(), leadIds: [] }
      asked.unshift(erasure)
      return erasure
    },
    find: async (id) => asked.find((each) => each.id === id),
    list: async (limit) => asked.slice(0, limit),
    told: async () => [],
  }
}
