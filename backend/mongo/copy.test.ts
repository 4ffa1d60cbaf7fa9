import { expect, test } from 'bun:test'
import { withoutErased } from './copy.ts'

async function* entriesOf(...entries: readonly Readonly<Record<string, unknown>>[]) {
  yield* entries
}

test('entries of who was erased are left out: what they sent until then, and what their leads are named by', async () => {
  const [at, later] = [new Date('2026-03-01'), new Date('2026-04-01')]
  const entries = [
    { _id: 'a', phone_hash: 'ann', ts: at },
    { _id: 'b', phone_hash: 'ann', ts: later },
    { _id: 'c', phone_hash: 'ben', ts: at },
    { _id: 'd', phone_hash: null, ts: at },
    { _id: 'e', phone_hash: 'cleo', ts: later },
  ]
  const erased = [
    { phoneKey: 'ann', leadIds: ['e'], cutoff: at },
    { phoneKey: 'ann', leadIds: [], cutoff: new Date('2026-01-01') },
  ]
  const left: unknown[] = []
  for await (const { _id } of withoutErased(entriesOf(...entries), erased)) left.push(_id)
  expect(left).toEqual(['b', 'c', 'd'])
})
