import { describe, expect, test } from 'bun:test'
import { inTurn, type TurnDeps } from './turn.ts'

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
  const storage = {
    getItem: (name: string) => items.get(name) ?? null,
    setItem: (name: string, value: string) => void items.set(name, value),
    removeItem: (name: string) => void items.delete(name),
  } as unknown as Storage
  const tab = (name: string): TurnDeps => ({
    locks: withLocks ? locks : undefined,
    storage,
    now: () => state.nowMs,
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

test('a browser that grants neither locks nor storage does the work all the same', async () => {
  const refused = { request: () => Promise.reject(new DOMException('denied', 'SecurityError')) }
  let ran = 0
  const deps = { locks: refused as unknown as TurnDeps['locks'], now: () => 0, tab: 'one' }
  expect(await inTurn(deps, 'k1', async () => void ran++)).toBe(true)
  expect(ran).toBe(1)
})
