import { describe, expect, test } from 'bun:test'
import type { Lead } from '../../leads/lead.ts'
import { persist } from '../../leads/persist.ts'
import type { BatchStore, ClaimRelease, LeadTable } from '../../leads/ports.ts'
import type { createMemoryNews } from '../../memory/lead-news.ts'
import { makeBatch, makeLeads } from '../stage/leads.ts'

export type ToldStores = Readonly<{
  /** Where the worker, and a replay, store. */
  table: LeadTable
  /** The way of an answer that waits for the table. */
  direct: BatchStore
  claims: ClaimRelease
  news: ReturnType<typeof createMemoryNews>
  /** A phone that no row can hold. */
  unstorablePhone: string
}>

/** What whoever stores leads promises to tell of them, whichever engine it stands on. */
export function leadNewsContract(name: string, stores: () => ToldStores) {
  const idsOf = (leads: readonly Lead[]) => leads.map(({ id }) => id)
  /** How often each of these was told of as stored, as quarantined, and as a row already. */
  const toldOf = (leads: readonly Lead[]) => {
    const { told } = stores().news
    const times = (ids: readonly string[], id: string) => ids.filter((one) => one === id).length
    return leads.map(({ id }) => [times(told.stored, id), times(told.quarantined, id)])
  }
  const once = (leads: readonly Lead[]) => leads.map(() => [1, 0])
  const byWorker = (leads: readonly Lead[]) => {
    const { table, claims } = stores()
    return persist({ leads: table, claims }, leads)
  }
  const directly = (leads: readonly Lead[]) => stores().direct.commit(makeBatch(leads))

  describe(`leads that ${name} stores are told of`, () => {
    test.each([
      ['by the worker', [byWorker, byWorker, byWorker]],
      ['directly', [directly, directly, directly]],
      ['directly, and then by the worker', [directly, byWorker]],
      ['by the worker, and then directly', [byWorker, directly]],
    ] as const)('once, however often their batch is delivered: %s', async (_how, deliveries) => {
      const leads = makeLeads(5)
      for (const deliver of deliveries) await deliver(leads)
      expect(toldOf(leads)).toEqual(once(leads))
    })

    test('once, also when their batch is delivered to several at the same moment', async () => {
      const leads = makeLeads(20)
      await Promise.all([byWorker(leads), directly(leads), byWorker(leads), directly(leads), byWorker(leads)])
      expect(toldOf(leads)).toEqual(once(leads))
    })

    test('once, also those whose batch was stored in part before', async () => {
      const leads = makeLeads(6)
      await byWorker(leads.slice(2, 4))
      await byWorker(leads)
      expect(toldOf(leads)).toEqual(once(leads))
      expect(stores().news.told.storedBefore).toEqual(expect.arrayContaining(idsOf(leads.slice(2, 4))))
    })

    test('not at all when they are duplicates without a row', async () => {
      const [first] = makeLeads(1)
      const [again] = makeLeads(1, { phone: first!.phone, phoneKey: first!.phoneKey })
      await directly([first!])
      await directly([again!])
      expect(toldOf([first!, again!])).toEqual([
        [1, 0],
        [0, 0],
      ])
    })

    test.each([
      ['by the worker', byWorker],
      ['directly', directly],
    ] as const)(
      'as quarantined, once, and never as stored, when no row can hold them: %s',
      async (_how, deliver) => {
        const leads = makeLeads(5)
        const bad = { ...leads[2]!, phone: stores().unstorablePhone }
        const batch = leads.with(2, bad)
        for (let time = 0; time < 2; time++) await deliver(batch)
        expect(toldOf(batch)).toEqual(once(batch).with(2, [0, 1]))
      },
    )

    test('as stored once they leave quarantine, and once only', async () => {
      const [lead] = makeLeads(1)
      await byWorker([{ ...lead!, phone: stores().unstorablePhone }])
      for (let time = 0; time < 2; time++) await stores().table.store([lead!])
      expect(toldOf([lead!])).toEqual([[1, 1]])
    })
  })
}
