import { describe, expect, test } from 'bun:test'
import type { LeadOutcome, Submission } from '../api/leads.ts'
import { keptMaxMs } from './after-attempt.ts'
import { deviceOf } from './device.ts'
import { createShelf, type Kept } from './kept.ts'
import { createOutbox, type News } from './outbox.ts'
import { storageInMemory } from './storage-in-memory.ts'
import { inTurn } from './turn.ts'

const submission: Submission = { phone: '07700900123', key: 'k1', fields: { language: 'en' } }
const accepted: LeadOutcome = { kind: 'accepted', id: 'a' }
const offline: LeadOutcome = { kind: 'again', reason: 'offline' }
const never = () => false
const unavailable: LeadOutcome = { kind: 'again', reason: 'unavailable' }

/** A device: its storage and its clock, and an API whose answers the test gives. */
function device() {
  let isFull = false
  const storage = storageInMemory()
  const { items } = storage
  const here = deviceOf(() => ({
    ...storage,
    length: items.size,
    setItem(name, value) {
      if (isFull) throw new DOMException('full', 'QuotaExceededError')
      storage.setItem(name, value)
    },
  }))
  let nowMs = 1_800_000_000_000
  let elapsedMs = 0
  const timers = new Map<() => void, number>()
  const later = (run: () => void, waitMs: number) => {
    timers.set(run, nowMs + waitMs)
    return () => void timers.delete(run)
  }
  const waiting: ((outcome: LeadOutcome) => void)[] = []
  const sent: Submission[] = []
  return {
    items,
    sent,
    /** A page of this device. Its tab has its own outbox, and shares the rest. */
    tab(name: string, before?: () => Promise<void>) {
      const heard: News[] = []
      const shelf = createShelf(here)
      const outbox = createOutbox({
        shelf,
        send: (submission) => {
          sent.push(submission)
          return new Promise((resolve) => waiting.push(resolve))
        },
        inTurn: async (key, work) => {
          if (before) await before()
          return inTurn({ device: here, now: () => nowMs, later, tab: name }, key, work)
        },
        now: () => nowMs,
        elapsed: () => elapsedMs,
        later,
        random: () => 0,
      })
      outbox.watch((_key, news) => heard.push(news))
      return { outbox, heard, last: () => heard.at(-1) }
    },
    closeTabs: () => timers.clear(),
    setFull(full: boolean) {
      isFull = full
    },
    async answer(outcome: LeadOutcome) {
      waiting.shift()!(outcome)
      await settled()
    },
    /** Puts the clock forward or back, without any time passing. */
    setClock(byMs: number) {
      nowMs += byMs
    },
    async pass(ms: number) {
      nowMs += ms
      elapsedMs += Math.max(0, ms)
      for (const [run, dueAtMs] of [...timers])
        if (dueAtMs <= nowMs) {
          timers.delete(run)
          run()
        }
      await settled()
    },
    text: () => [...items.values()].join(),
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}

describe('a submission is on the device', () => {
  test('before it is sent, and no longer than until the API has answered', async () => {
    const { tab, text, answer, sent } = device()
    tab('one').outbox.submit(submission)
    expect(text()).toContain('07700900123')
    expect(sent).toHaveLength(1)
    await answer(accepted)
    expect(text()).not.toContain('07700900123')
  })

  test.each([
    { kind: 'duplicate' },
    { kind: 'refused', problem: 'invalid_phone' },
    { kind: 'rejected' },
  ] as LeadOutcome[])('and gone after %p, too, which the page hears', async (outcome) => {
    const { tab, text, answer } = device()
    const { outbox, last } = tab('one')
    outbox.submit(submission)
    await settled()
    await answer(outcome)
    expect(last()).toEqual({ kind: 'ended', ending: outcome } as News)
    expect(text()).not.toContain('07700900123')
  })

  test('or, when the device refuses, in the page, which is not told otherwise', async () => {
    const { tab, answer, pass, sent, setFull } = device()
    setFull(true)
    const { outbox, last } = tab('one')
    outbox.submit(submission)
    await settled()
    await answer(unavailable)
    expect(last()).toMatchObject({ kind: 'kept', onDevice: false })
    await pass(2_000)
    expect(sent.map(({ key }) => key)).toEqual(['k1', 'k1'])
    await answer(accepted)
    expect(last()).toEqual({ kind: 'ended', ending: accepted })
  })

  test('or in both, one after the other, as the disk fills up and has room again', async () => {
    const { tab, answer, pass, text, setFull } = device()
    const { outbox, last } = tab('one')
    outbox.submit(submission)
    await settled()
    setFull(true)
    await answer(unavailable)
    expect(last()).toMatchObject({ onDevice: false })
    // What the device still had was older: another page would have sent it too soon.
    expect(text()).not.toContain('07700900123')
    await pass(2_000)
    setFull(false)
    await answer(unavailable)
    expect(last()).toMatchObject({ onDevice: true })
    expect(text()).toContain('07700900123')
  })

  test('or in the page alone, when the visitor clears what the device keeps', async () => {
    const { tab, answer, pass, items, sent } = device()
    const { outbox, last } = tab('one')
    outbox.submit(submission)
    await answer(unavailable)
    items.clear()
    await pass(2_000)
    expect(sent).toHaveLength(2)
    await answer(accepted)
    expect(last()).toEqual({ kind: 'ended', ending: accepted })
  })

  test('for a week, and then the page is told with what it had kept', async () => {
    const { tab, answer, pass, sent, text, closeTabs } = device()
    tab('one').outbox.submit(submission)
    await settled()
    await answer(offline)
    closeTabs()
    await pass(keptMaxMs + 1)
    const found = tab('two').outbox.open(never)
    expect(found).toMatchObject({
      submission: { phone: '07700900123' },
      news: { kind: 'ended', ending: { kind: 'expired' } },
    })
    expect(sent).toHaveLength(1)
    expect(text()).not.toContain('07700900123')
  })
})

describe('it is sent again', () => {
  test('with the same key, each time after a longer wait', async () => {
    const { tab, answer, pass, sent } = device()
    const { outbox, last } = tab('one')
    outbox.submit(submission)
    await settled()
    const waits: number[] = []
    for (let round = 0; round < 9; round++) {
      await answer(unavailable)
      const news = last() as News & { waitMs: number }
      waits.push(news.waitMs)
      await pass(news.waitMs - 1)
      expect(sent).toHaveLength(round + 1)
      await pass(1)
      expect(sent).toHaveLength(round + 2)
    }
    expect(waits).toEqual(waits.toSorted((a, b) => a - b))
    expect(new Set(sent.map(({ key }) => key)).size).toBe(1)
    expect(sent.at(-1)).toMatchObject(submission)
  })

  test('not before the moment that the API has named, by a reloaded page neither', async () => {
    const { tab, answer, pass, sent, closeTabs } = device()
    tab('one').outbox.submit(submission)
    await settled()
    await answer({ kind: 'again', reason: 'rate_limited', waitMs: 40_000 })
    closeTabs()
    const reloaded = tab('two')
    expect(reloaded.outbox.open(never)?.news).toMatchObject({ kind: 'kept', setback: 'rate_limited' })
    reloaded.outbox.backOnline()
    await pass(39_999)
    expect(sent).toHaveLength(1)
    await pass(1)
    expect(sent).toHaveLength(2)
  })

  test('when the API has asked for hours, after these hours, and never later than a day', async () => {
    const { tab, answer, pass, sent } = device()
    const { outbox, last } = tab('one')
    outbox.submit(submission)
    await settled()
    await answer({ kind: 'again', reason: 'rate_limited', waitMs: 6 * 3_600_000 })
    await pass(6 * 3_600_000 - 1)
    outbox.backInView()
    expect(sent).toHaveLength(1)
    await pass(1)
    expect(sent).toHaveLength(2)
    await answer({ kind: 'again', reason: 'rate_limited', waitMs: 72 * 3_600_000 })
    expect(last()).toMatchObject({ kind: 'kept', waitMs: 24 * 3_600_000 })
  })

  test('soon after it is back online, however long it was not', async () => {
    const { tab, answer, sent } = device()
    const { outbox, last } = tab('one')
    outbox.submit(submission)
    await settled()
    for (let round = 0; round < 9; round++) {
      await answer(offline)
      outbox.backOnline()
      await settled()
    }
    await answer(unavailable)
    expect(last()).toMatchObject({ kind: 'kept', waitMs: 2_000 })
    expect(sent).toHaveLength(10)
  })

  test.each(['backOnline', 'backInView'] as const)('as soon as the page hears %p', async (signal) => {
    const { tab, answer, sent } = device()
    const { outbox, last } = tab('one')
    outbox.submit(submission)
    await settled()
    await answer(offline)
    expect(last()).toMatchObject({ kind: 'kept', setback: 'offline', onDevice: true })
    expect(sent).toHaveLength(1)
    outbox[signal]()
    await settled()
    expect(sent).toHaveLength(2)
    expect(last()).toEqual({ kind: 'sending' })
  })

  test('by the next page at once, as it would not be there offline', async () => {
    const { tab, answer, sent, closeTabs } = device()
    tab('one').outbox.submit(submission)
    await settled()
    await answer(offline)
    closeTabs()
    expect(tab('two').outbox.open(never)?.news).toEqual({ kind: 'sending' })
    expect(sent).toHaveLength(2)
  })

  test('at once when the visitor asks, with what they agreed to now', async () => {
    const { tab, answer, sent } = device()
    const { outbox } = tab('one')
    outbox.submit(submission)
    await settled()
    await answer(unavailable)
    outbox.submit({ ...submission, fields: { consent: 'v1' } })
    await settled()
    expect(sent.at(-1)).toMatchObject({ key: 'k1', fields: { consent: 'v1' } })
  })

  test('at once by the next page, when its page was closed while it was sent', async () => {
    const { tab, answer, pass, sent } = device()
    tab('one').outbox.submit(submission)
    await settled()
    // That tab has taken its lease with it.
    await pass(30_001)
    const next = tab('two')
    const news = { kind: 'sending' } as const
    expect(next.outbox.open(never)).toEqual({ submission, news, isHeld: false })
    expect(sent.map(({ key }) => key)).toEqual(['k1', 'k1'])
    await answer(accepted)
  })

  test('never while the same attempt is still under way', async () => {
    const { tab, sent } = device()
    const { outbox } = tab('one')
    outbox.submit(submission)
    await settled()
    outbox.submit(submission)
    outbox.backOnline()
    await settled()
    expect(sent).toHaveLength(1)
  })
})

test('asking again does not make it younger: its week counts from the first tap', async () => {
  const { tab, answer, pass, closeTabs } = device()
  const { outbox } = tab('one')
  outbox.submit(submission)
  await settled()
  await answer(unavailable)
  closeTabs()
  await pass(keptMaxMs)
  outbox.submit(submission)
  await settled()
  await answer(unavailable)
  closeTabs()
  await pass(1)
  expect(tab('two').outbox.open(never)?.news).toMatchObject({ ending: { kind: 'expired' } })
})

test('of several, the page shows the newest', async () => {
  const { tab, pass } = device()
  const { outbox } = tab('one')
  outbox.submit(submission)
  await settled()
  await pass(1)
  outbox.submit({ ...submission, phone: '07700900124', key: 'k2' })
  await settled()
  expect(tab('two').outbox.open(never)?.submission.key).toBe('k2')
})

describe('a corrected number', () => {
  test('is not sent in its first form', async () => {
    const { tab, answer, pass, sent, text } = device()
    const { outbox } = tab('one')
    outbox.submit(submission)
    await settled()
    await answer(unavailable)
    outbox.hold('k1')
    await pass(60_000)
    outbox.replace('k1')
    outbox.submit({ ...submission, phone: '07700900124', key: 'k2' })
    await settled()
    expect(sent.map(({ phone }) => phone)).toEqual(['07700900123', '07700900124'])
    expect(text()).not.toContain('07700900123')
  })

  test('waits across a reload, too, while it is being corrected', async () => {
    const { tab, answer, pass, sent, closeTabs } = device()
    tab('one').outbox.submit(submission)
    await settled()
    await answer(unavailable)
    closeTabs()
    await pass(60_000)
    expect(tab('two').outbox.open(() => true)?.submission.key).toBe('k1')
    await pass(60_000)
    expect(sent).toHaveLength(1)
  })

  test('goes its own way if the answer was on its way already', async () => {
    const { tab, answer, text } = device()
    const { outbox } = tab('one')
    outbox.submit(submission)
    await settled()
    outbox.replace('k1')
    await answer(unavailable)
    expect(text()).not.toContain('07700900123')
  })
})

describe('several tabs', () => {
  test('send what they share once, and all hear how it ended', async () => {
    const { tab, answer, pass, sent } = device()
    const one = tab('one')
    one.outbox.submit(submission)
    await settled()
    await answer(unavailable)
    const two = tab('two')
    two.outbox.open(never)
    await pass(2_000)
    expect(sent).toHaveLength(2)
    await answer(accepted)
    for (const { outbox, last } of [one, two]) {
      outbox.backInView()
      await settled()
      expect(last()).toEqual({ kind: 'ended', ending: accepted })
    }
    await pass(60_000)
    expect(sent).toHaveLength(2)
  })

  test('know a phone that is on its way already, and give it no second key', async () => {
    const { tab } = device()
    tab('one').outbox.submit(submission)
    await settled()
    expect(tab('two').outbox.onItsWay('07700900123')).toBe('k1')
    expect(tab('two').outbox.onItsWay('07700900124')).toBeUndefined()
  })

  test('leave it to the one that has just written it', async () => {
    const { tab, sent, pass, closeTabs } = device()
    const two = tab('two')
    two.outbox.open(never)
    tab('one').outbox.submit(submission)
    await settled()
    closeTabs()
    two.outbox.changedElsewhere('k1')
    await pass(2_999)
    expect(sent).toHaveLength(1)
    await pass(30_000)
    expect(sent).toHaveLength(2)
  })

  test('do not send what another has just sent while they waited for their turn', async () => {
    const { tab, answer, sent, pass, closeTabs } = device()
    const one = tab('one')
    const turn = Promise.withResolvers<void>()
    one.outbox.submit(submission)
    await settled()
    await answer(offline)
    const two = tab('two', () => turn.promise)
    two.outbox.open(never)
    one.outbox.backOnline()
    await settled()
    await answer(unavailable)
    closeTabs()
    turn.resolve()
    await settled()
    expect(sent).toHaveLength(2)
    expect(two.last()).toMatchObject({ kind: 'kept', setback: 'unavailable' })
    await pass(2_000)
    expect(sent).toHaveLength(3)
  })

  test('take over from a tab that went away while it was sending', async () => {
    const { tab, pass, sent } = device()
    tab('one').outbox.submit(submission)
    await settled()
    tab('two').outbox.open(never)
    expect(sent).toHaveLength(1)
    await pass(3_000)
    expect(sent).toHaveLength(1)
    await pass(30_000)
    expect(sent).toHaveLength(2)
  })
})

test('an answer that comes when the page is being left is asked for again by the next page', async () => {
  const { tab, answer, sent } = device()
  const left = tab('one')
  left.outbox.submit(submission)
  await settled()
  left.outbox.left()
  await answer(accepted)
  left.outbox.backOnline()
  expect(sent).toHaveLength(1)
  const next = tab('two')
  expect(next.outbox.open(never)?.news).toEqual({ kind: 'sending' })
  await answer(accepted)
  expect(next.last()).toEqual({ kind: 'ended', ending: accepted })
  expect(sent.map(({ key }) => key)).toEqual(['k1', 'k1'])
})

test('a page that is taken out of the back-forward cache goes on where it was', async () => {
  const { tab, answer, sent } = device()
  const { outbox, last } = tab('one')
  outbox.submit(submission)
  await settled()
  outbox.left()
  await answer(accepted)
  outbox.backInView()
  await settled()
  expect(sent).toHaveLength(2)
  await answer(accepted)
  expect(last()).toEqual({ kind: 'ended', ending: accepted })
})

test('a clock that is put back holds nothing up for long', async () => {
  const { tab, answer, pass, sent } = device()
  const { outbox } = tab('one')
  outbox.submit(submission)
  await settled()
  await answer(unavailable)
  await pass(-24 * 3_600_000)
  outbox.backInView()
  await settled()
  await pass(2 * 3_600_000)
  expect(sent).toHaveLength(2)
})

describe('a page that can make no proof that the API takes', () => {
  const asked: LeadOutcome = { kind: 'proof_required' }

  test('says after three times that it is out of date, and goes on trying', async () => {
    const { tab, answer, pass } = device()
    const { outbox, last } = tab('one')
    outbox.submit(submission)
    await settled()
    for (const setback of ['unavailable', 'unavailable', 'outdated'] as const) {
      await answer(asked)
      expect(last()).toMatchObject({ kind: 'kept', setback })
      await pass(60_000)
    }
    await answer(accepted)
    expect(last()).toEqual({ kind: 'ended', ending: accepted })
  })

  test('is not one that had trouble before, and its successor sends at once what it kept', async () => {
    const { tab, answer, pass, closeTabs, sent } = device()
    const { outbox, last } = tab('one')
    outbox.submit(submission)
    await settled()
    for (let time = 0; time < 4; time++) {
      await answer(unavailable)
      await pass(60_000)
    }
    await answer(asked)
    expect(last()).toMatchObject({ setback: 'unavailable' })
    for (let time = 0; time < 2; time++) {
      await pass(300_000)
      await answer(asked)
    }
    expect(last()).toMatchObject({ setback: 'outdated' })
    closeTabs()
    const before = sent.length
    tab('two').outbox.open(never)
    await settled()
    expect(sent).toHaveLength(before + 1)
  })
})

const year = 365 * 24 * 3_600_000

describe('a device whose clock is wrong', () => {
  test.each([20 * year, -20 * year, 56 * year])(
    'and is put right by %p ms on the next visit keeps what waits, and sends it',
    async (byMs) => {
      const { tab, answer, setClock, sent, closeTabs } = device()
      tab('one').outbox.submit(submission)
      await settled()
      await answer(offline)
      closeTabs()
      setClock(byMs)
      const { outbox, last } = tab('two')
      expect(outbox.open(never)?.news).toMatchObject({ kind: 'sending' })
      await settled()
      expect(sent).toHaveLength(2)
      await answer(accepted)
      expect(last()).toEqual({ kind: 'ended', ending: accepted })
    },
  )

  test.each([20 * year, 20 * 24 * 3_600_000, -20 * year])(
    'and is put right by %p ms while the page is open keeps what waits, on the next visit, too',
    async (byMs) => {
      const { tab, answer, pass, setClock, sent, closeTabs } = device()
      const { outbox } = tab('one')
      outbox.submit(submission)
      await settled()
      await answer(offline)
      setClock(byMs)
      outbox.backOnline()
      await settled()
      await answer(unavailable)
      closeTabs()
      await pass(60_000)
      expect(tab('two').outbox.open(never)?.news).toMatchObject({ kind: 'sending' })
      await settled()
      expect(sent).toHaveLength(3)
    },
  )

  test('counts a week all the same from when it is right', async () => {
    const { tab, answer, pass, setClock, closeTabs } = device()
    tab('one').outbox.submit(submission)
    await settled()
    await answer(offline)
    setClock(20 * year)
    closeTabs()
    tab('two').outbox.open(never)
    await settled()
    await answer(unavailable)
    closeTabs()
    await pass(keptMaxMs + 1)
    expect(tab('three').outbox.open(never)?.news).toMatchObject({ ending: { kind: 'expired' } })
  })
})

const whole = { ...submission, keptAtMs: 1, attempts: 0, dueAtMs: 0 }
test.each([
  'not json',
  'null',
  '"k1"',
  '{"key":1}',
  '[]',
  JSON.stringify({ ...whole, key: 'k2' }),
  JSON.stringify({ ...whole, phone: 7 }),
  JSON.stringify({ ...whole, dueAtMs: 'soon' }),
  JSON.stringify({ ...whole, keptAtMs: null }),
  JSON.stringify({ key: 'k1', ending: 'accepted', endedAtMs: 1 }),
])('what others wrote into the storage disturbs nothing: %s', async (text) => {
  const { tab, items, sent, answer } = device()
  items.set('landfast.kept.k1', text)
  items.set('another.page', '{}')
  const { outbox, last } = tab('one')
  expect(outbox.open(never)).toBeUndefined()
  expect(sent).toEqual([])
  outbox.submit(submission)
  await settled()
  await answer(accepted)
  expect(last()).toEqual({ kind: 'ended', ending: accepted })
})

test('endings are forgotten after a day', async () => {
  const { tab, answer, pass, items } = device()
  tab('one').outbox.submit(submission)
  await settled()
  await answer(accepted)
  await pass(24 * 3_600_000 + 1)
  tab('two').outbox.open(never)
  expect([...items.keys()]).toEqual([])
})

describe('what a service worker has made of it without a page', () => {
  test('is taken over and told, before anything is sent again', async () => {
    const { tab, answer, sent, closeTabs } = device()
    tab('one').outbox.submit(submission)
    await settled()
    await answer(offline)
    closeTabs()
    const { promise: caughtUp, resolve } = Promise.withResolvers<void>()
    const { outbox, heard, last } = tab('two', () => caughtUp)
    outbox.open(never)
    expect(outbox.adopt({ key: 'k1', ending: accepted, endedAtMs: 0 })).toBe(true)
    expect(last()).toEqual({ kind: 'ended', ending: accepted })
    resolve()
    await settled()
    expect(sent).toHaveLength(1)
    expect(heard.map(({ kind }) => kind)).not.toContain('kept')
  })

  test('is a later moment to send it, too, and nothing where no such submission is kept', async () => {
    const { tab, answer, sent, pass } = device()
    const { outbox, last } = tab('one')
    let kept: Kept | undefined
    outbox.watchKept((_key, now) => {
      kept = now
    })
    outbox.submit(submission)
    await settled()
    await answer(unavailable)
    expect(kept).toMatchObject({ phone: submission.phone, setback: 'unavailable' })
    outbox.adopt({ ...kept!, dueAtMs: kept!.dueAtMs + 40_000, waitMs: 42_000 })
    expect(last()).toMatchObject({ kind: 'kept', waitMs: 42_000 })
    await pass(41_999)
    expect(sent).toHaveLength(1)
    expect(outbox.adopt({ key: 'other', ending: accepted, endedAtMs: 0 })).toBe(false)
  })
})

test('what may be sent without a page is told, and that it may be no more: while it is corrected, and once it is over', async () => {
  const { tab, answer } = device()
  const { outbox } = tab('one')
  const told: (string | undefined)[] = []
  outbox.submit(submission)
  outbox.watchKept((_key, kept) => told.push(kept?.phone))
  expect(told).toEqual([submission.phone])
  await settled()
  await answer(unavailable)
  expect(told.at(-1)).toBe(submission.phone)
  outbox.hold('k1')
  expect(told.at(-1)).toBeUndefined()
  outbox.submit(submission)
  expect(told.at(-1)).toBe(submission.phone)
  await settled()
  await answer(accepted)
  expect(told.at(-1)).toBeUndefined()
})
