import { expect, test } from 'bun:test'
import { settleCorrections } from './correction.ts'
import type { CorrectionTable } from './ports.ts'

test('a claim that cannot be given back now holds up no other, and is given back later', async () => {
  let waiting = ['away', 'here'].map((shard, at) => ({ id: String(at), phoneKey: shard }))
  const table: CorrectionTable = {
    async note() {},
    settle: async () => waiting,
    async forget(leads) {
      waiting = waiting.filter(({ id }) => leads.every((lead) => lead.id !== id))
    },
  }
  let isAway = true
  const release = {
    async release({ phoneKey }: { phoneKey: string }) {
      if (isAway && phoneKey === 'away') throw new Error('this shard is away')
    },
  }
  await expect(settleCorrections({ table, release })).rejects.toThrow('this shard is away')
  expect(waiting.map(({ phoneKey }) => phoneKey)).toEqual(['away'])
  isAway = false
  expect(await settleCorrections({ table, release })).toBe(1)
  expect(waiting).toEqual([])
})
