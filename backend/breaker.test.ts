import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { BreakerOpen, createBreaker } from './breaker.ts'

function setUp() {
  const clock = { nowMs: 0 }
  const breaker = createBreaker({
    failuresToOpen: 3,
    pauseMs: { least: 1_000, most: 4_000 },
    nowMs: () => clock.nowMs,
  })
  let asked = 0
  const ask = (answers: boolean) =>
    breaker
      .run(async () => {
        asked++
        if (!answers) throw new Error('no answer')
      })
      .then(
        () => 'answered',
        (error) => (error instanceof BreakerOpen ? 'left alone' : 'failed'),
      )
  const fail = async (times: number) => {
    for (let time = 0; time < times; time++) await ask(false)
  }
  return { breaker, clock, ask, fail, asked: () => asked }
}

test('after three failures in a row it is left alone', async () => {
  const { breaker, ask, fail, asked } = setUp()
  await fail(2)
  expect(breaker.isOpen()).toBe(false)
  await fail(1)
  expect(breaker.isOpen()).toBe(true)
  expect(await ask(true)).toBe('left alone')
  expect(asked()).toBe(3)
})

test('whoever is not let through hears how it failed', async () => {
  const { breaker, ask, fail } = setUp()
  await fail(3)
  expect(await ask(true)).toBe('left alone')
  const told = await breaker.run(async () => 'never').catch((error: Error) => error.cause)
  expect(told).toEqual(new Error('no answer'))
})

test('failures with a success between them do not add up', async () => {
  const { breaker, ask, fail } = setUp()
  await fail(2)
  await ask(true)
  await fail(2)
  expect(breaker.isOpen()).toBe(false)
})

test('after the pause one caller probes, and the others are not let through until it is answered', async () => {
  const { breaker, clock, ask, fail } = setUp()
  await fail(3)
  clock.nowMs = 999
  expect(await ask(true)).toBe('left alone')
  clock.nowMs = 1_000
  const { promise: answer, resolve } = Promise.withResolvers<void>()
  const probe = breaker.run(() => answer)
  expect(await ask(true)).toBe('left alone')
  resolve()
  await probe
  expect(breaker.isOpen()).toBe(false)
  expect(await ask(true)).toBe('answered')
})

test('every probe that fails doubles the pause, up to the longest, and a success forgets it', async () => {
  const { clock, ask, fail } = setUp()
  await fail(3)
  for (const pauseMs of [1_000, 2_000, 4_000, 4_000]) {
    clock.nowMs += pauseMs - 1
    expect(await ask(false)).toBe('left alone')
    clock.nowMs += 1
    expect(await ask(false)).toBe('failed')
  }
  clock.nowMs += 4_000
  await ask(true)
  await fail(3)
  clock.nowMs += 1_000
  expect(await ask(true)).toBe('answered')
})

test('many that were on their way when it opened fail without making the pause longer', async () => {
  const { breaker, clock, ask } = setUp()
  const { promise: answer, reject } = Promise.withResolvers<void>()
  const waiting = Array.from({ length: 50 }, () => breaker.run(() => answer).catch(() => {}))
  reject(new Error('no answer'))
  await Promise.all(waiting)
  clock.nowMs = 1_000
  expect(await ask(true)).toBe('answered')
})

test('what paces itself tells it how it went', () => {
  const { breaker } = setUp()
  for (let time = 0; time < 3; time++) breaker.failed()
  expect(breaker.isOpen()).toBe(true)
  breaker.succeeded()
  expect(breaker.isOpen()).toBe(false)
})

test('however it goes, what has been dead for long is asked at most once a pause', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(500), { maxLength: 60 }), async (waits) => {
      const { clock, ask, fail, asked } = setUp()
      await fail(3)
      for (const waitMs of waits) {
        clock.nowMs += waitMs
        await Promise.all([ask(false), ask(false)])
      }
      expect(asked() - 3).toBeLessThanOrEqual(clock.nowMs / 1_000)
    }),
    { numRuns: 200 },
  )
})
