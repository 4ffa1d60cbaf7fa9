import { describe, expect, test } from 'bun:test'
import type { PageExperiments } from '../experiments/experiment.ts'
import { memoryLiveChannel } from '../memory/live-channel.ts'
import { memoryLiveStore } from '../memory/live-store.ts'
import { theSystem } from '../operators/audit.ts'
import { announceChange } from './announce-change.ts'
import { createLive } from './live.ts'

const longMs = 60_000
const notice = (value: string) => () => ({ value, rolloutPercent: 100, killed: false })

function setUp(page: PageExperiments = { hero: ['a', 'b'] }) {
  const store = memoryLiveStore()
  const channel = memoryLiveChannel()
  const shown = { page }
  const process = () =>
    createLive({
      store,
      channel: channel.join(),
      pageExperiments: () => shown.page,
      pollEveryMs: longMs,
    })
  return { store, channel, shown, process }
}

describe('a process', () => {
  test('serves the compiled-in defaults and the experiments of the page until the store answers', async () => {
    const { store, process } = setUp()
    await store.setFlag('notice', theSystem, notice('new'))
    store.away = true
    const live = process()
    await live.start(longMs)
    expect(live.isLoaded()).toBe(false)
    expect(live.current().version).toBe(0)
    expect(live.current().flagsFor('v').notice).toBe('')
    expect(['a', 'b']).toContain(live.current().variantOf('hero', 'v'))
    store.away = false
    expect(await live.reload()).toBe(1)
    expect(live.isLoaded()).toBe(true)
    expect(live.current().flagsFor('v').notice).toBe('new')
    live.stop()
  })

  test('starts in time although the store hangs', async () => {
    const hanging = { load: () => new Promise<never>(() => {}) }
    const live = createLive({ store: hanging, pageExperiments: () => ({}), pollEveryMs: longMs })
    await live.start(1)
    expect(live.isLoaded()).toBe(false)
    live.stop()
  })

  test('keeps what it knows while the store is away', async () => {
    const { store, process } = setUp()
    const live = process()
    await store.setFlag('notice', theSystem, notice('kept'))
    await live.start(longMs)
    store.away = true
    await expect(live.reload()).rejects.toThrow()
    expect(live.current().flagsFor(undefined).notice).toBe('kept')
    expect(live.isLoaded()).toBe(true)
    live.stop()
  })

  test('finds a change by itself when nobody tells it', async () => {
    const { store } = setUp()
    const seen = Promise.withResolvers<number>()
    const live = createLive({ store, pageExperiments: () => ({}), pollEveryMs: 1, onChange: seen.resolve })
    await live.start(longMs)
    await store.setFlag('film', theSystem, () => ({ value: false, rolloutPercent: 100, killed: false }))
    expect(await seen.promise).toBe(1)
    expect(live.current().flagsFor(undefined).film).toBe(false)
    live.stop()
  })

  test('who asks for news during a read gets what was stored before they asked', async () => {
    const store = memoryLiveStore()
    const reads: (() => void)[] = []
    const slow = {
      async load() {
        const rows = await store.load()
        await new Promise<void>((resolve) => reads.push(resolve))
        return rows
      },
    }
    const live = createLive({ store: slow, pageExperiments: () => ({}), pollEveryMs: longMs })
    const first = live.reload()
    while (reads.length < 1) await Bun.sleep(0)
    await store.setFlag('notice', theSystem, notice('new'))
    const second = live.reload()
    reads[0]!()
    expect(await first).toBe(0)
    while (reads.length < 2) await Bun.sleep(0)
    reads[1]!()
    expect(await second).toBe(1)
    expect(live.current().flagsFor(undefined).notice).toBe('new')
  })

  test('draws by a new build of the page at once', () => {
    const { process, shown } = setUp()
    const live = process()
    expect([...live.current().experiments.keys()]).toEqual(['hero'])
    shown.page = { hero: ['c'], price: ['low', 'high'] }
    expect([...live.current().experiments.keys()]).toEqual(['hero', 'price'])
    expect(live.current().variantOf('hero', 'v')).toBe('c')
  })
})

describe('a snapshot', () => {
  test('has the experiments of the page first, and then those of other clients', async () => {
    const { store, process } = setUp({ zoom: ['a'], hero: ['a', 'b'] })
    const variants = [{ name: 'x', weight: 1 }]
    for (const key of ['price', 'api', 'hero'])
      await store.setExperiment(key, theSystem, () => ({ key, variants, salt: key, running: true }))
    const live = process()
    await live.reload()
    const { experiments, variantOf } = live.current()
    expect([...experiments.keys()]).toEqual(['zoom', 'hero', 'api', 'price'])
    expect(experiments.get('hero')?.variants.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(variantOf('price', 'v')).toBe('x')
    expect(variantOf('none', 'v')).toBe('')
  })

  test('does not change when something else comes into force', async () => {
    const { store, process } = setUp()
    const live = process()
    const before = live.current()
    await store.setFlag('notice', theSystem, notice('new'))
    await live.reload()
    expect(before.flagsFor('v').notice).toBe('')
    expect(live.current()).not.toBe(before)
    expect(live.current()).toBe(live.current())
  })
})

describe('a change', () => {
  const announced = async (
    { store, channel }: ReturnType<typeof setUp>,
    live: ReturnType<typeof createLive>,
  ) => {
    const slept: number[] = []
    const version = await store.setFlag('notice', theSystem, notice('new'))
    const deps = {
      live,
      channel: channel.join(),
      deadlineMs: 20,
      settleMs: 2_000,
      sleep: async (ms: number) => void slept.push(ms),
    }
    return { inForce: await announceChange(deps, version), slept }
  }

  test('is live once every process has it and caches have had their time', async () => {
    const all = setUp()
    const [one, other] = [all.process(), all.process()]
    await Promise.all([one.start(longMs), other.start(longMs)])
    expect(await announced(all, one)).toEqual({
      inForce: { version: 1, live: true, processes: 2 },
      slept: [2_000],
    })
    expect(other.current().flagsFor(undefined).notice).toBe('new')
    one.stop()
    other.stop()
  })

  test('is not called live when a process has not followed', async () => {
    const all = setUp()
    const one = all.process()
    await one.start(longMs)
    all.channel.join().onChange(() => new Promise(() => {}))
    expect((await announced(all, one)).inForce).toEqual({ version: 1, live: false, processes: 1 })
    one.stop()
  })

  test('holds here at once, and is not called live, when nobody can be told', async () => {
    const all = setUp()
    const one = all.process()
    await one.start(longMs)
    all.channel.away = true
    expect((await announced(all, one)).inForce).toEqual({ version: 1, live: false, processes: 1 })
    expect(one.current().flagsFor(undefined).notice).toBe('new')
    one.stop()
  })
})
