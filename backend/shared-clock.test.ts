import { expect, test } from 'bun:test'
import { createLog } from './log.ts'
import { createSharedClock } from './shared-clock.ts'

const dayMs = 86_400_000
const trueMs = Date.UTC(2026, 10, 30)

/** A machine whose clock is so far ahead, and a Postgres whose clock is right. */
function setUp(aheadMs: number) {
  const machine = { aheadMs, steadyMs: 5_000, away: false }
  const rightMs = () => trueMs + machine.steadyMs
  const lines: string[] = []
  const clock = createSharedClock({
    async ask() {
      if (machine.away) throw new Error('connect ECONNREFUSED')
      return rightMs()
    },
    ownMs: () => rightMs() + machine.aheadMs,
    steadyMs: () => machine.steadyMs,
    log: createLog({ level: 'info', process: 'test', write: (line) => lines.push(line) }),
  })
  return { clock, machine, rightMs, lines }
}

test('a clock that is right to the minute is used as it is, and nothing is said of it', async () => {
  const { clock, rightMs, lines } = setUp(40_000)
  await clock.start()
  clock.stop()
  expect(clock.nowMs()).toBe(rightMs() + 40_000)
  expect((await clock.agreedNow()).getTime()).toBe(rightMs())
  expect(lines).toEqual([])
})

test.each([
  ['ahead of', 1_100],
  ['behind', -1_100],
])(
  'where the clock of the machine is years %s Postgres, the time of Postgres is used and it is said once',
  async (word, days) => {
    const { clock, machine, rightMs, lines } = setUp(days * dayMs)
    await clock.start()
    clock.stop()
    machine.steadyMs += 7_000
    expect(clock.nowMs()).toBe(rightMs())
    await expect(clock.agreedNow()).rejects.toThrow(`95040000 s ${word} that of Postgres`)
    expect(clock.contradiction()).toContain(word)
    expect(lines.filter((line) => line.includes('clock.contradicted'))).toHaveLength(1)
  },
)

test('a clock that is set while we run is found out without asking, and believed when it is right again', async () => {
  const { clock, machine, rightMs, lines } = setUp(0)
  await clock.start()
  clock.stop()
  machine.aheadMs = -1_100 * dayMs
  expect(clock.nowMs()).toBe(rightMs())
  await expect(clock.agreedNow()).rejects.toThrow('set the one that is wrong')
  machine.aheadMs = 0
  await clock.agreedNow()
  expect(clock.contradiction()).toBeUndefined()
  expect(lines.some((line) => line.includes('clock.agrees'))).toBe(true)
})

test('while Postgres has not told, the clock of the machine is all there is, and nothing old may be deleted', async () => {
  const { clock, machine, rightMs } = setUp(1_100 * dayMs)
  machine.away = true
  await clock.start()
  clock.stop()
  expect(clock.nowMs()).toBe(rightMs() + 1_100 * dayMs)
  expect(clock.aheadMs()).toBeNaN()
  await expect(clock.agreedNow()).rejects.toThrow('ECONNREFUSED')
})
