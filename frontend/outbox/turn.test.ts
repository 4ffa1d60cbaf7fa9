import { describe, expect, test } from 'bun:test'
import { deviceOf } from './device.ts'
import { storageInMemory } from './storage-in-memory.ts'
import { inTurn, type TurnDeps } from './turn.ts'

const later = (run: () => void) => {
  const timer = setTimeout(run, 1)
  return () => clearTimeout(timer)
}

/** The tabs of one browser, with locks or without. */
function browser(withLocks: boolean) {
  const taken = new Set<string>()
  const items = new Map<string, string>()
  const state = { nowMs: 0 }
  const locks = {
    async request(name: string, _options: LockOptions, run: (lock: Lock | null) => Promise<unknown>) {
      if (taken.has(name)) return run(null)
      taken.add(name)
      return run({ name, mode: 'exclusive' }).finally(() => taken.delete(name))
    },
  } as unknown as TurnDeps['locks']
  const device = deviceOf(() => storageInMemory(items))
  const tab = (name: string): TurnDeps => ({
    locks: withLocks ? locks : undefined,
    device,
    now: () => state.nowMs,
    later,
    tab: name,
  })
  return { tab, state, items }
}

describe.each([
  ['with locks', true],
  ['with leases', false],
] as const)('%s', (_name, withLocks) => {
  test('one tab is at it, the others are told, and its turn ends with its work', async () => {
    const { tab, items } = browser(withLocks)
    const done = Promise.withResolvers<void>()
    const first = inTurn(tab('one'), 'k1', () => done.promise)
    let ran = 0
    const run = async () => void ran++
    expect(await inTurn(tab('two'), 'k1', run)).toBe(false)
    expect(await inTurn(tab('two'), 'k2', run)).toBe(true)
    expect(ran).toBe(1)
    done.resolve()
    expect(await first).toBe(true)
    expect(await inTurn(tab('two'), 'k1', run)).toBe(true)
    expect(items.size).toBe(0)
  })
})

test('a lease of a tab that is gone runs out', async () => {
  const { tab, state } = browser(false)
  void inTurn(tab('one'), 'k1', () => new Promise(() => {}))
  state.nowMs = 29_999
  expect(await inTurn(tab('two'), 'k1', async () => {})).toBe(false)
  state.nowMs = 30_000
  expect(await inTurn(tab('two'), 'k1', async () => {})).toBe(true)
})

test('a lease that lasts longer than any is none: the clock was put back meanwhile', async () => {
  const { tab, state } = browser(false)
  state.nowMs = 1_000_000_000
  void inTurn(tab('one'), 'k1', () => new Promise(() => {}))
  state.nowMs = 0
  expect(await inTurn(tab('two'), 'k1', async () => {})).toBe(true)
})

const locks = (request: () => unknown) => ({ request }) as unknown as TurnDeps['locks']
const denied = new DOMException('denied', 'SecurityError')

test.each([
  ['are denied', locks(() => Promise.reject(denied))],
  [
    'throw',
    locks(() => {
      throw denied
    }),
  ],
  ['never answer', locks(() => new Promise(() => {}))],
])('where locks %s and nothing is kept, the work is done all the same, once', async (_how, locks) => {
  let ran = 0
  const deps = { locks, device: deviceOf(() => undefined), now: () => 0, later, tab: 'one' }
  expect(await inTurn(deps, 'k1', async () => void ran++)).toBe(true)
  await Bun.sleep(5)
  expect(ran).toBe(1)
})
