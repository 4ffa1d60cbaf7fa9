import { expect, test } from 'bun:test'
import { GaveUp, type Store, waitForOneOf } from './wait.ts'

/** A store that answers from the given second on; `refusal` is what it says before, or for good. */
function store(name: string, readyAtS: number, refusal: { final: boolean } = { final: false }) {
  return (clock: { s: number }): Store => ({
    name,
    final: () => refusal.final,
    async ask() {
      if (clock.s < readyAtS) throw new Error('not yet')
    },
  })
}

async function waited(...stores: ((clock: { s: number }) => Store)[]) {
  const clock = { s: 0 }
  const said: string[] = []
  const outcome = await waitForOneOf(
    stores.map((make) => make(clock)),
    {
      deadlineMs: 60_000,
      secondMs: 10_000,
      nowMs: () => clock.s * 1000,
      pause: async () => {
        clock.s += 1
      },
      say: (sentence) => said.push(sentence),
    },
  ).then(
    () => 'ready',
    (error) => {
      if (!(error instanceof GaveUp)) throw error
      return error.message
    },
  )
  return { outcome, said, seconds: clock.s }
}

test('a store that comes late is waited for, and said once', async () => {
  expect(await waited(store('Postgres', 5))).toEqual({
    outcome: 'ready',
    said: ['Waiting for Postgres (not yet).'],
    seconds: 5,
  })
})

test('a store that never comes is named when the time is up', async () => {
  const { outcome, seconds } = await waited(store('Postgres', Number.POSITIVE_INFINITY))
  expect(outcome).toBe('Postgres (not yet) did not become ready within 60 s.')
  expect(seconds).toBe(60)
})

test('a wrong password is said at once', async () => {
  const { outcome, seconds } = await waited(store('Redis', Number.POSITIVE_INFINITY, { final: true }))
  expect(outcome).toContain('Redis cannot be used')
  expect(seconds).toBe(0)
})

test('an API that restarts in an outage goes on with the store that is there', async () => {
  const { outcome, said, seconds } = await waited(
    store('Postgres', Number.POSITIVE_INFINITY),
    store('Redis', 0),
  )
  expect(outcome).toBe('ready')
  expect(seconds).toBe(10)
  expect(said.at(-1)).toBe('Going on without Postgres (not yet): leads can be kept without it for now.')
})

test('nothing to wait for is no wait', async () => {
  expect(await waited()).toEqual({ outcome: 'ready', said: [], seconds: 0 })
})
