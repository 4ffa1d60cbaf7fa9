import { expect, test } from 'bun:test'
import { createMemoryLeads } from '../memory/leads.ts'
import { makeLeads } from '../testing/stage/leads.ts'
import { persist } from './persist.ts'

const dedupWindowMs = 86_400_000

test('a batch is stored whole', async () => {
  const store = createMemoryLeads({ dedupWindowMs })
  const leads = makeLeads(5)
  await persist({ leads: store, claims: store }, leads)
  expect([...store.rows.keys()]).toEqual(leads.map((lead) => lead.id))
})

test('one lead that cannot be stored goes to quarantine and its 199 neighbours are stored', async () => {
  const store = createMemoryLeads({ dedupWindowMs })
  const leads = makeLeads(200)
  const bad = leads[137]!
  store.poison.add(bad.phone)
  await persist({ leads: store, claims: store }, leads)
  expect(store.rows.size).toBe(199)
  expect([...store.quarantined.keys()]).toEqual([bad.id])
})

test('the phone of a quarantined lead may be submitted again', async () => {
  const store = createMemoryLeads({ dedupWindowMs })
  const [lead] = makeLeads(1)
  await store.commit({ id: lead!.id, leads: [lead!] })
  store.poison.add(lead!.phone)
  await persist({ leads: store, claims: store }, [lead!])
  const [again] = makeLeads(1, { phone: lead!.phone, phoneKey: lead!.phoneKey })
  expect(await store.commit({ id: again!.id, leads: [again!] })).toEqual([{ kind: 'new', id: again!.id }])
})

test('a batch where nothing can be stored goes to quarantine whole', async () => {
  const store = createMemoryLeads({ dedupWindowMs })
  const leads = makeLeads(7)
  for (const lead of leads) store.poison.add(lead.phone)
  await persist({ leads: store, claims: store }, leads)
  expect(store.rows.size).toBe(0)
  expect(store.quarantined.size).toBe(7)
})

test('when the store is away nothing goes to quarantine', async () => {
  const store = createMemoryLeads({ dedupWindowMs })
  store.failNext(new Error('connection refused'))
  await expect(persist({ leads: store, claims: store }, makeLeads(3))).rejects.toThrow('connection refused')
  expect(store.quarantined.size).toBe(0)
})
