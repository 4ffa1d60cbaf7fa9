import { expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { createKeyedHash } from '../keyed-hash.ts'
import { createMemoryNews } from '../memory/lead-news.ts'
import { createMemoryLeads } from '../memory/leads.ts'
import { Problem } from '../problem.ts'
import { newPhone } from '../testing/stage/leads.ts'
import type { Batch } from './lead.ts'
import { createSubmissionLine } from './submit.ts'

const dedupWindowMs = 3_000

function setUp(options: { redis?: boolean } = {}) {
  const redis = createMemoryLeads({ dedupWindowMs })
  const news = createMemoryNews()
  const postgres = createMemoryLeads({ dedupWindowMs, news })
  const batches: Batch[] = []
  const state = { nowMs: 1_000_000_000_000, open: true, fallbacks: 0 }
  const watched = (store: typeof redis) => ({
    commit(batch: Batch) {
      batches.push(batch)
      return store.commit(batch)
    },
  })
  const line = createSubmissionLine({
    redis: options.redis === false ? undefined : { ...watched(redis), isOpen: () => state.open },
    postgres: watched(postgres),
    keyedHash: createKeyedHash('k'.repeat(32)),
    dedupWindowMs,
    nowMs: () => state.nowMs,
    randomBytes: () => randomBytes(9),
    onFallback: () => {
      state.fallbacks++
    },
    onUnavailable: () => {},
  })
  const submit = (phone: string, idempotencyKey = '') => line.submit({ phone, idempotencyKey })
  return { line, submit, redis, postgres, batches, news, state }
}

test('a lead is kept in Redis while Redis is open', async () => {
  const { submit, redis, postgres } = setUp()
  const verdict = await submit(newPhone())
  expect(verdict.kind).toBe('new')
  expect([...redis.rows.keys()]).toEqual([verdict.id])
  expect(postgres.rows.size).toBe(0)
})

test('submissions of one moment share a batch, and their ids say so', async () => {
  const { submit, batches } = setUp()
  await Promise.all(Array.from({ length: 10 }, () => submit(newPhone())))
  expect(batches).toHaveLength(1)
  expect(batches[0]!.leads).toHaveLength(10)
})

test('a batch that Redis could not take goes to Postgres with the same ids', async () => {
  const { submit, redis, postgres, batches, state } = setUp()
  redis.failNext(new Error('a commit to Redis took longer than 2000 ms'))
  const verdict = await submit(newPhone())
  expect(batches.map((batch) => batch.id)).toEqual([batches[0]!.id, batches[0]!.id])
  expect([...postgres.rows.keys()]).toEqual([verdict.id])
  expect(state.fallbacks).toBe(1)
})

test('leads that went to Postgres are told of, once each, and duplicates are not', async () => {
  const { submit, redis, news, state } = setUp()
  await submit(newPhone())
  expect(news.told.stored).toEqual([])
  state.open = false
  const phone = newPhone()
  const [first] = await Promise.all([submit(phone), submit(phone)])
  expect(news.told.stored).toEqual([first!.id])
  expect(redis.rows.size).toBe(1)
})

test('while Redis is closed it is not asked', async () => {
  const { submit, redis, postgres, state } = setUp()
  state.open = false
  await submit(newPhone())
  expect(redis.rows.size).toBe(0)
  expect(postgres.rows.size).toBe(1)
})

test('when no store can take a lead nothing is promised', async () => {
  const { submit, postgres, state } = setUp()
  state.open = false
  postgres.failNext(new Error('connection refused'))
  const error = await submit(newPhone()).catch((thrown) => thrown)
  expect(error).toBeInstanceOf(Problem)
  expect(error).toMatchObject({ code: 'unavailable', retryAfterS: expect.any(Number) })
})

test('with ACK_MODE=pg every lead waits for Postgres', async () => {
  const { submit, postgres } = setUp({ redis: false })
  await submit(newPhone())
  expect(postgres.rows.size).toBe(1)
})

test('the window ends for a phone, and it is a lead again', async () => {
  const { submit, state } = setUp()
  const phone = newPhone()
  await submit(phone)
  state.nowMs += dedupWindowMs - 1
  expect((await submit(phone)).kind).toBe('duplicate')
  state.nowMs += 1
  expect((await submit(phone)).kind).toBe('new')
})

test('the same key on the same phone is answered with the same lead', async () => {
  const { submit } = setUp()
  const phone = newPhone()
  const first = await submit(phone, 'key-1')
  expect(await submit(phone, 'key-1')).toEqual({ kind: 'replay', id: first.id })
  expect(await submit(phone, 'key-2')).toEqual({ kind: 'duplicate', id: first.id })
})
