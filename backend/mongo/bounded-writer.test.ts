import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { createBoundedWriter, type Sent } from './bounded-writer.ts'

type Answer = Error | ((batch: readonly number[]) => Sent)

const keepAll: Answer = (batch) => ({ kept: batch.length, refused: 0 })
const away = new Error('the store is away')

/** A store that answers as told, and as `keepAll` from then on. */
function stage(options: { maxWaiting?: number; batchMax?: number; answers?: Answer[] } = {}) {
  const answers = options.answers ?? []
  const seen: number[][] = []
  const kept = new Set<number>()
  const counts = { written: 0, dropped: 0, trouble: 0, recovered: 0 }
  let atOnce = 0
  let mostAtOnce = 0
  const writer = createBoundedWriter<number>({
    async send(batch) {
      atOnce += 1
      mostAtOnce = Math.max(mostAtOnce, atOnce)
      seen.push([...batch])
      await Promise.resolve()
      atOnce -= 1
      const answer = answers.shift() ?? keepAll
      if (answer instanceof Error) throw answer
      for (const item of batch) kept.add(item)
      return answer(batch)
    },
    maxWaiting: options.maxWaiting ?? 1_000,
    batchMax: options.batchMax ?? 10,
    everyMs: 1,
    retryMs: { least: 1, most: 2 },
    onWritten(count) {
      counts.written += count
    },
    onDropped(count) {
      counts.dropped += count
    },
    onTrouble() {
      counts.trouble += 1
    },
    onRecovered() {
      counts.recovered += 1
    },
  })
  return { writer, seen, kept, counts, mostAtOnce: () => mostAtOnce }
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)

test('items are sent in order, in batches, one batch at a time', async () => {
  const { writer, seen, counts, mostAtOnce } = stage()
  for (const n of upTo(25)) writer.offer(n)
  await Promise.all([writer.flush(5_000), writer.flush(5_000)])
  expect(seen.map((batch) => batch.length)).toEqual([10, 10, 5])
  expect(seen.flat()).toEqual(upTo(25))
  expect(mostAtOnce()).toBe(1)
  expect(counts).toMatchObject({ written: 25, dropped: 0 })
})

test('items are sent without anyone asking', async () => {
  const { promise, resolve } = Promise.withResolvers<readonly number[]>()
  const writer = createBoundedWriter<number>({
    async send(batch) {
      resolve(batch)
      return { kept: batch.length, refused: 0 }
    },
    maxWaiting: 10,
    everyMs: 1,
    onWritten() {},
    onDropped() {},
    onTrouble() {},
    onRecovered() {},
  })
  writer.offer(7)
  expect(await promise).toEqual([7])
})

test('a store that has to rest gets batch after batch only after that, unless somebody waits for the end', async () => {
  const rests: number[] = []
  const sent: number[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const writer = createBoundedWriter<number>({
    async send(batch) {
      sent.push(performance.now())
      await Bun.sleep(2)
      if (sent.length === 3) resolve()
      return { kept: batch.length, refused: 0 }
    },
    maxWaiting: 100,
    batchMax: 5,
    everyMs: 1,
    restMs(tookMs) {
      rests.push(tookMs * 5)
      return tookMs * 5
    },
    onWritten() {},
    onDropped() {},
    onTrouble() {},
    onRecovered() {},
  })
  for (const n of upTo(50)) writer.offer(n)
  await promise
  for (const [index, at] of sent.slice(1).entries()) expect(at - sent[index]!).toBeGreaterThan(rests[index]!)
  await writer.flush(5_000)
  expect(writer.waiting()).toBe(0)
  // None was asked for while somebody waited.
  expect(rests.length).toBeLessThan(5)
})

test('offering does none of the work, however many wait', () => {
  const { writer, seen } = stage({ batchMax: 2 })
  for (const n of upTo(100)) writer.offer(n)
  expect(seen).toEqual([])
  writer.close()
})

test('a batch that had no answer is sent again as it was', async () => {
  const { writer, seen, counts } = stage({ answers: [away, away] })
  for (const n of upTo(3)) writer.offer(n)
  const flushed = writer.flush(5_000)
  for (const n of [3, 4]) writer.offer(n)
  await flushed
  expect(seen).toEqual([
    [0, 1, 2],
    [0, 1, 2],
    [0, 1, 2],
    [3, 4],
  ])
  expect(counts).toEqual({ written: 5, dropped: 0, trouble: 1, recovered: 1 })
})

test('over the bound the oldest that wait are dropped', async () => {
  const { writer, kept, counts } = stage({ maxWaiting: 5 })
  for (const n of upTo(12)) writer.offer(n)
  expect(writer.waiting()).toBe(5)
  await writer.flush(5_000)
  expect([...kept]).toEqual([7, 8, 9, 10, 11])
  expect(counts).toMatchObject({ written: 5, dropped: 7 })
})

test('what the store refuses for good counts as dropped, and its neighbours as written', async () => {
  const { writer, counts } = stage({ answers: [() => ({ kept: 8, refused: 2 })] })
  for (const n of upTo(10)) writer.offer(n)
  await writer.flush(5_000)
  expect(counts).toMatchObject({ written: 8, dropped: 2 })
})

test('flushing ends at its deadline while the store is away', async () => {
  const { writer, counts } = stage({ answers: Array(100_000).fill(away) })
  writer.offer(1)
  await writer.flush(5)
  expect(writer.waiting()).toBe(1)
  writer.close()
  expect(counts).toMatchObject({ written: 0, dropped: 1 })
})

test('closing counts what waits as dropped, and so what is offered later', async () => {
  const { writer, counts } = stage()
  for (const n of upTo(25)) writer.offer(n)
  const flushed = writer.flush(5_000)
  writer.close()
  writer.close()
  writer.offer(25)
  await flushed
  expect(writer.waiting()).toBe(0)
  expect(counts).toMatchObject({ written: 0, dropped: 26 })
})

test('whatever happens, every item is counted once: written or dropped', async () => {
  const answer = fc.constantFrom<Answer>(away, keepAll, (batch) => ({ kept: batch.length - 1, refused: 1 }))
  await fc.assert(
    fc.asyncProperty(
      fc.array(answer, { maxLength: 8 }),
      fc.array(fc.nat(15), { maxLength: 8 }),
      async (answers, bursts) => {
        const { writer, counts } = stage({ answers, maxWaiting: 12, batchMax: 4 })
        let offered = 0
        for (const burst of bursts) {
          for (let n = 0; n < burst; n += 1) writer.offer(offered++)
          await writer.flush(0)
        }
        await writer.flush(5_000)
        expect(writer.waiting()).toBe(0)
        expect(counts.written + counts.dropped).toBe(offered)
      },
    ),
    { numRuns: 50 },
  )
})
