import { describe, expect, test } from 'bun:test'
import type { LeadOutcome } from '../api/leads.ts'
import { keptMaxMs } from '../outbox/after-attempt.ts'
import type { Kept, KeptOrEnded } from '../outbox/kept.ts'
import { sendKept } from './send-kept.ts'

const nowMs = 1_800_000_000_000
const kept: Kept = {
  ...{ phone: '07700900123', key: 'k1', fields: { language: 'en' } },
  ...{ keptAtMs: nowMs - 1_000, attempts: 0, dueAtMs: nowMs + 30_000, waitMs: 31_000, setback: 'offline' },
}

type Mirror = ReturnType<typeof mirrorInMemory>

function mirrorInMemory(...entries: KeptOrEnded[]) {
  const held = new Map(entries.map((entry) => [entry.key, entry]))
  return {
    entries: held,
    all: async () => [...held.values()],
    read: async (key: string) => held.get(key),
    goOn: async (entry: KeptOrEnded) => held.has(entry.key) && held.set(entry.key, entry),
    forget: async (key: string) => held.delete(key),
  }
}

/** A worker that is answered like this, and `before` each turn something happens elsewhere. */
async function sendAll(mirror: Mirror, outcome: LeadOutcome, before: () => unknown = () => {}) {
  const sent: string[] = []
  const told: KeptOrEnded[] = []
  const isDone = await sendKept({
    ...mirror,
    async send({ key }) {
      sent.push(key)
      return outcome
    },
    async inTurn(_key, work) {
      await before()
      await work()
    },
    tell: async (entry) => void told.push(entry),
    now: () => nowMs,
  })
  return { isDone, sent, told }
}

const accepted: LeadOutcome = { kind: 'accepted', id: 'a' }
const ended = { key: 'k1', ending: accepted, endedAtMs: nowMs }

describe('what was kept without a network', () => {
  test('is sent before its wait is over, told to open pages, and its phone is forgotten', async () => {
    const mirror = mirrorInMemory(kept)
    expect(await sendAll(mirror, accepted)).toEqual({ isDone: true, sent: ['k1'], told: [ended] })
    expect([...mirror.entries.values()]).toEqual([ended])
  })

  test('is not sent again where a page got through while the worker waited for its turn', async () => {
    const mirror = mirrorInMemory(kept)
    expect(await sendAll(mirror, accepted, () => mirror.forget('k1'))).toMatchObject({
      isDone: true,
      sent: [],
    })
  })

  test('stays when it does not get through, for the browser to come back with it', async () => {
    const mirror = mirrorInMemory(kept)
    const { isDone, told } = await sendAll(mirror, { kind: 'again', reason: 'unavailable', waitMs: 40_000 })
    expect(isDone).toBe(false)
    const later = {
      ...kept,
      setback: 'unavailable',
      waitMs: 40_000,
      dueAtMs: nowMs + 40_000,
    } as const
    expect([told, [...mirror.entries.values()]]).toEqual([[later], [later]])
  })

  test('for longer than a number is kept is not sent, and forgotten', async () => {
    const mirror = mirrorInMemory({ ...kept, keptAtMs: nowMs - keptMaxMs - 1 })
    expect(await sendAll(mirror, accepted)).toMatchObject({ isDone: true, sent: [], told: [] })
    expect(mirror.entries.size).toBe(0)
  })
})

test('a moment that the API has named is waited for, unless the clock was put back', async () => {
  const asked: Kept = { ...kept, setback: 'rate_limited' }
  expect(await sendAll(mirrorInMemory(asked), accepted)).toMatchObject({ isDone: false, sent: [] })
  const putBack = { ...asked, dueAtMs: nowMs + 40_000 }
  expect(await sendAll(mirrorInMemory(putBack), accepted)).toMatchObject({ isDone: true, sent: ['k1'] })
})

test('what was taken away while it was sent is not put back', async () => {
  const mirror = mirrorInMemory(kept)
  const outcome = sendKept({
    ...mirror,
    async send() {
      await mirror.forget('k1')
      return accepted
    },
    inTurn: (_key, work) => work(),
    tell: async () => {},
    now: () => nowMs,
  })
  expect(await outcome).toBe(true)
  expect(mirror.entries.size).toBe(0)
})
