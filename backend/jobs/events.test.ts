import { expect, test } from 'bun:test'
import type { EventBatch } from '../events/ports.ts'
import { createLog } from '../log.ts'
import { createEventJobs } from './events.ts'

const log = createLog({ level: 'error', process: 'test' })
const batchOf = (id: string, bytes = 8): EventBatch => ({ id, records: 'r'.repeat(bytes) })

/** A table whose statements end when they are told to. */
function slowTable() {
  const calls: { ids: string[]; end: PromiseWithResolvers<number> }[] = []
  return {
    calls,
    store(batches: readonly EventBatch[]): Promise<number> {
      const end = Promise.withResolvers<number>()
      calls.push({ ids: batches.map(({ id }) => id), end })
      return end.promise
    },
  }
}

function jobsOn(events: ReturnType<typeof slowTable>) {
  const counted: number[] = []
  const metrics = { stored: (count: number) => counted.push(count), unstorable() {}, waiting() {} }
  const store = createEventJobs({ events, metrics, log })
  const { signal } = new AbortController()
  return { counted, give: (batch: EventBatch) => store({ batch, signal }) }
}

const called = async (table: ReturnType<typeof slowTable>, times: number) => {
  while (table.calls.length < times) await Bun.sleep(1)
  return table.calls[times - 1]!
}

test('batches that come while one is stored go together, and each waits for its own', async () => {
  const table = slowTable()
  const { counted, give } = jobsOn(table)
  const first = give(batchOf('a'))
  expect((await called(table, 1)).ids).toEqual(['a'])
  const rest = ['b', 'c', 'd'].map((id) => give(batchOf(id)))
  await Bun.sleep(5)
  expect(table.calls).toHaveLength(1)
  table.calls[0]!.end.resolve(1)
  await first
  const { ids, end } = await called(table, 2)
  expect(ids).toEqual(['b', 'c', 'd'])
  expect(await Promise.race([Promise.all(rest), 'waits'])).toBe('waits')
  end.resolve(3)
  await Promise.all(rest)
  expect(counted).toEqual([1, 3])
})

test('no more go together than a statement of half a megabyte', async () => {
  const table = slowTable()
  const { give } = jobsOn(table)
  const all = ['a', 'b', 'c', 'd'].map((id) => give(batchOf(id, 200_000)))
  expect((await called(table, 1)).ids).toEqual(['a', 'b'])
  table.calls[0]!.end.resolve(2)
  expect((await called(table, 2)).ids).toEqual(['c', 'd'])
  table.calls[1]!.end.resolve(2)
  await Promise.all(all)
})

test('batches that could not be stored together are tried again, and none is forgotten', async () => {
  const table = slowTable()
  const { give } = jobsOn(table)
  const all = ['a', 'b'].map((id) => give(batchOf(id)))
  ;(await called(table, 1)).end.reject(new Error('Postgres is away'))
  const again = new Set<string>()
  for (let call = 2; again.size < 2; call++) {
    const { ids, end } = await called(table, call)
    for (const id of ids) again.add(id)
    end.resolve(ids.length)
  }
  await Promise.all(all)
  expect([...again].sort()).toEqual(['a', 'b'])
})
