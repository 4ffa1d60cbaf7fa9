import { expect, test } from 'bun:test'
import { goRound, pauseUntil } from './schedule.ts'

const [minuteMs, hourMs] = [60_000, 3_600_000]

/** Goes round on a clock of its own until `untilMs`, with whatever fails, and resolves with what was done when, in minutes. */
async function done(untilMs: number, fails: (step: string, atMs: number) => boolean): Promise<string[]> {
  let nowMs = 0
  let count = 0
  const did: string[] = []
  const step = async (name: string) => {
    did.push(`${nowMs / minuteMs} ${name}`)
    if (fails(name.split(' ')[0]!, nowMs)) throw new Error(name)
  }
  await goRound<number>({
    everyMs: hourMs,
    lastMs: -hourMs,
    async make() {
      await step('make')
      return ++count
    },
    passOn: (made) => step(`pass on ${made}`),
    archive: () => step('archive'),
    onFailed() {},
    nowMs: () => nowMs,
    async pauseUntil(ms) {
      nowMs = Math.max(nowMs, ms)
      return nowMs < untilMs
    },
  })
  return did
}

test('while the second place is away no backup is made before it is due, and the last is passed on', async () => {
  const did = await done(80 * minuteMs, (step, atMs) => step === 'pass' && atMs < 70 * minuteMs)
  expect(did.filter((each) => each.endsWith('make'))).toEqual(['0 make', '60 make'])
  expect(did.filter((each) => each.includes('pass on 1'))).toHaveLength(6)
  expect(did.slice(-3)).toEqual(['60 pass on 2', '70 pass on 2', '70 archive'])
})

test('a month that cannot be archived has nothing made or passed on again before it is due', async () => {
  const did = await done(50 * minuteMs, (step) => step === 'archive')
  expect(did).toEqual([
    '0 make',
    '0 pass on 1',
    ...['0', '10', '20', '30', '40'].map((at) => `${at} archive`),
  ])
})

test('a backup that could not be made is tried again after ten minutes', async () => {
  const did = await done(80 * minuteMs, (step, atMs) => step === 'make' && atMs === 0)
  expect(did).toEqual([
    ...['0 make', '10 make', '10 pass on 1', '10 archive'],
    ...['70 make', '70 pass on 2', '70 archive'],
  ])
})

test('a month is waited for, which is longer than a timer can be set for', async () => {
  const stop = new AbortController()
  const waiting = pauseUntil(Date.now() + 720 * hourMs, stop.signal)
  const first = await Promise.race([waiting, Bun.sleep(50).then(() => 'still waits')])
  stop.abort()
  expect(first).toBe('still waits')
  expect(await waiting).toBe(false)
})
