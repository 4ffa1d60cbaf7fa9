import { expect, test } from 'bun:test'
import { createMemoryLeads } from '../memory/leads.ts'
import { makeLeads } from '../testing/stage/leads.ts'
import type { Lead } from './lead.ts'
import { persist } from './persist.ts'
import { type LeadTable, Unstorable } from './ports.ts'
import { storeTogether } from './store-together.ts'

const newStore = () => createMemoryLeads({ dedupWindowMs: 86_400_000 })

/** The same table, with a note of how many leads each call had. */
function counting(table: LeadTable): LeadTable & { calls: number[] } {
  const calls: number[] = []
  return {
    calls,
    async store(leads: readonly Lead[]) {
      calls.push(leads.length)
      await Bun.sleep(5)
      await table.store(leads)
    },
    quarantine: table.quarantine,
  }
}

test('batches that wait while another is stored go in one call', async () => {
  const store = newStore()
  const table = counting(store)
  const together = storeTogether(table)
  const first = together.store(makeLeads(3))
  await Bun.sleep(1)
  await Promise.all([first, ...[4, 5, 6].map((count) => together.store(makeLeads(count)))])
  expect(table.calls).toEqual([3, 15])
  expect(store.rows.size).toBe(18)
})

test('a call holds no more leads than one transaction should', async () => {
  const table = counting(newStore())
  const together = storeTogether(table)
  await Promise.all(Array.from({ length: 8 }, () => together.store(makeLeads(100))))
  expect(Math.max(...table.calls)).toBeLessThanOrEqual(256)
  expect(table.calls.reduce((sum, count) => sum + count)).toBe(800)
})

test('a batch that cannot be stored is told so, and those that went with it are stored', async () => {
  const store = newStore()
  const together = storeTogether(counting(store))
  const [bad, ...good] = Array.from({ length: 4 }, () => makeLeads(5))
  store.poison.add(bad![2]!.phone)
  const outcomes = await Promise.allSettled([
    together.store(bad!),
    ...good.map((leads) => together.store(leads)),
  ])
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled'])
  expect((outcomes[0] as PromiseRejectedResult).reason).toBeInstanceOf(Unstorable)
  expect(store.rows.size).toBe(15)
})

test('only the lead at fault goes to quarantine, however many batches are halved at once', async () => {
  const store = newStore()
  const deps = { leads: storeTogether(counting(store)), claims: store }
  const batches = Array.from({ length: 4 }, () => makeLeads(9))
  store.poison.add(batches[0]![3]!.phone)
  store.poison.add(batches[2]![8]!.phone)
  await Promise.all(batches.map((leads) => persist(deps, leads)))
  expect([...store.quarantined.keys()].sort()).toEqual([batches[0]![3]!.id, batches[2]![8]!.id].sort())
  expect(store.rows.size).toBe(34)
})

test('batches with the same phone are stored one after the other', async () => {
  const store = newStore()
  const table = counting(store)
  const together = storeTogether(table)
  const [first] = makeLeads(1)
  const [again] = makeLeads(1, { phone: first!.phone, phoneKey: first!.phoneKey })
  await Promise.all([together.store([first!]), together.store([again!]), together.store(makeLeads(2))])
  expect(table.calls).toEqual([1, 1, 2])
  expect(store.rows.size).toBe(4)
})

test('when the store is away every batch that waits is told to come again', async () => {
  const store = newStore()
  const together = storeTogether(store)
  store.failNext(new Error('connection refused'))
  const outcomes = await Promise.allSettled([together.store(makeLeads(1)), together.store(makeLeads(1))])
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect((outcomes[0] as PromiseRejectedResult).reason).not.toBeInstanceOf(Unstorable)
})
