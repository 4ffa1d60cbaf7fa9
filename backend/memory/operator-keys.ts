import type { KeptKey, ListedKey, OperatorKeys } from '../operators/operator-key.ts'

/** Operator keys that keep state like the real ones, and can be told to be away. */
export function memoryOperatorKeys(): OperatorKeys & { away: boolean; asked: number } {
  const kept = new Map<string, KeptKey & { createdAt: Date; revokedAt?: Date; lastUsedAt?: Date }>()
  return {
    away: false,
    asked: 0,
    async add(key) {
      kept.set(key.id, { ...key, createdAt: new Date() })
    },
    async find(id) {
      this.asked++
      if (this.away) throw new Error('operator keys are away')
      const found = kept.get(id)
      if (!found || found.revokedAt || (found.expiresAt && found.expiresAt <= new Date())) return undefined
      return { id, name: found.name, rights: found.rights, hash: found.hash }
    },
    async used(id) {
      const found = kept.get(id)
      if (found) kept.set(id, { ...found, lastUsedAt: new Date() })
    },
    async list() {
      return [...kept.values()].map(({ hash: _hash, ...listed }): ListedKey => listed)
    },
    async revoke(id) {
      const found = kept.get(id)
      if (!found || found.revokedAt) return false
      found.revokedAt = new Date()
      return true
    },
  }
}
