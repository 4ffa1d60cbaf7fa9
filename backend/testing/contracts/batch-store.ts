import { describe, expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import type { Lead } from '../../leads/lead.ts'
import type { BatchStore } from '../../leads/ports.ts'
import { makeBatch, makeLeads, newPhone } from '../stage/leads.ts'

export const contractWindowMs = 3_000

/** What every store that acknowledges promises, whichever engine it stands on. */
export function batchStoreContract(name: string, store: () => BatchStore) {
  const aPhone = (): Pick<Lead, 'phone' | 'phoneKey'> => ({
    phone: newPhone(),
    phoneKey: randomBytes(16).toString('hex'),
  })
  const commit = (leads: readonly Lead[]) => store().commit(makeBatch(leads))
  const commitOne = async (same: Partial<Lead>, atMs: number) => {
    const leads = makeLeads(1, same, atMs)
    const [verdict] = await commit(leads)
    return { id: leads[0]!.id, verdict }
  }
  const nowMs = Date.now()

  describe(`leads acknowledged through ${name}`, () => {
    test('every new phone of a batch is new', async () => {
      const leads = makeLeads(50)
      expect(await commit(leads)).toEqual(leads.map((lead) => ({ kind: 'new', id: lead.id })))
    })

    test('a second submission of a phone is a duplicate of the first', async () => {
      const phone = aPhone()
      const first = await commitOne(phone, nowMs)
      const second = await commitOne(phone, nowMs + 1)
      expect(first.verdict).toEqual({ kind: 'new', id: first.id })
      expect(second.verdict).toEqual({ kind: 'duplicate', id: first.id })
    })

    test('one phone many times in one batch is one lead', async () => {
      const leads = makeLeads(9, aPhone(), nowMs)
      const verdicts = await commit(leads)
      expect(verdicts[0]).toEqual({ kind: 'new', id: leads[0]!.id })
      for (const verdict of verdicts.slice(1))
        expect(verdict).toEqual({ kind: 'duplicate', id: leads[0]!.id })
    })

    test('one phone at once from many sides is one lead', async () => {
      const phone = aPhone()
      const all = await Promise.all(Array.from({ length: 20 }, () => commitOne(phone, nowMs)))
      const kept = all.filter(({ verdict }) => verdict!.kind === 'new')
      expect(kept).toHaveLength(1)
      for (const { verdict } of all) expect(verdict!.id).toBe(kept[0]!.id)
    })

    test('the same Idempotency-Key on the same phone is the same submission', async () => {
      const phone = aPhone()
      const idempotencyKey = randomBytes(16).toString('hex')
      const first = await commitOne({ ...phone, idempotencyKey }, nowMs)
      const again = await commitOne({ ...phone, idempotencyKey }, nowMs + 5)
      expect(again.verdict).toEqual({ kind: 'replay', id: first.id })
    })

    test('another key, or none, is a duplicate', async () => {
      const phone = aPhone()
      const first = await commitOne({ ...phone, idempotencyKey: randomBytes(16).toString('hex') }, nowMs)
      const other = await commitOne({ ...phone, idempotencyKey: randomBytes(16).toString('hex') }, nowMs + 5)
      const none = await commitOne(phone, nowMs + 6)
      expect(other.verdict).toEqual({ kind: 'duplicate', id: first.id })
      expect(none.verdict).toEqual({ kind: 'duplicate', id: first.id })
    })

    test('submissions without a key are never taken for one another', async () => {
      const phone = aPhone()
      const first = await commitOne(phone, nowMs)
      expect((await commitOne(phone, nowMs + 1)).verdict).toEqual({ kind: 'duplicate', id: first.id })
    })

    test('the same batch given again gets the same verdicts', async () => {
      const phone = aPhone()
      const leads = [...makeLeads(3), ...makeLeads(2, phone)].map((lead, index, all) => ({
        ...lead,
        id: `${all[0]!.id.slice(0, 15)}${index.toString(16).padStart(3, '0')}${all[0]!.id.slice(18)}`,
      }))
      const first = await commit(leads)
      expect(await commit(leads)).toEqual(first)
    })

    test('just before the window ends a phone is a duplicate, at its end it is new', async () => {
      const phone = aPhone()
      const first = await commitOne(phone, nowMs)
      const before = await commitOne(phone, nowMs + contractWindowMs - 1)
      const at = await commitOne(phone, nowMs + contractWindowMs)
      const after = await commitOne(phone, nowMs + contractWindowMs + 1)
      expect(before.verdict).toEqual({ kind: 'duplicate', id: first.id })
      expect(at.verdict).toEqual({ kind: 'new', id: at.id })
      expect(after.verdict).toEqual({ kind: 'duplicate', id: at.id })
    })

    test('a clock that is behind does not make a second lead', async () => {
      const phone = aPhone()
      const first = await commitOne(phone, nowMs)
      const behind = await commitOne(phone, nowMs - 500)
      expect(behind.verdict).toEqual({ kind: 'duplicate', id: first.id })
    })
  })
}
