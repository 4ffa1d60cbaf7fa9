import { expect, test } from 'bun:test'
import { createLog } from '../log.ts'
import { type Chore, type ChoreTurns, startChores } from './chores.ts'

/** Turns in memory, of chores that are always due until they were done. */
function memoryTurns(has: Readonly<Record<string, 'due' | 'done' | 'unknown'>> = {}) {
  const done = new Set<string>(Object.keys(has).filter((name) => has[name] === 'done'))
  const pausesMs: number[] = []
  let known: readonly string[] = []
  const turns: ChoreTurns = {
    async take(name) {
      if (has[name] === 'unknown') throw new Error('Postgres is away')
      if (done.has(name)) return false
      done.add(name)
      return true
    },
    async giveBack(name, { pauseMs }) {
      pausesMs.push(pauseMs)
      done.delete(name)
    },
    async forgetOthers(names) {
      known = names
    },
  }
  return { turns, pausesMs, known: () => known }
}

const failed: string[] = []

async function during(
  chores: Readonly<Record<string, Chore>>,
  turns: ChoreTurns,
  wait: () => Promise<unknown> = () => Bun.sleep(30),
): Promise<string[]> {
  const lines: string[] = []
  const log = createLog({ level: 'debug', process: 'test', write: (line) => lines.push(line) })
  const running = startChores({ chores, turns, lookEveryMs: 5, onFailed: (name) => failed.push(name), log })
  await wait()
  await running.stop()
  return lines
}

const everyMs = 3_600_000

test('a chore is done when it is its turn, once, and not when another worker had it', async () => {
  const ran: string[] = []
  const noting = (name: string): Chore => ({ everyMs, run: async () => ran.push(name) })
  await during({ mine: noting('mine'), theirs: noting('theirs') }, memoryTurns({ theirs: 'done' }).turns)
  expect(ran).toEqual(['mine'])
})

test('one that takes long holds no other up, and is told when the worker stops', async () => {
  const ran: string[] = []
  let stopped = false
  const chores: Record<string, Chore> = {
    long: {
      everyMs,
      run: (stop) =>
        new Promise((resolve) =>
          stop.addEventListener('abort', () => {
            stopped = true
            resolve(undefined)
          }),
        ),
    },
    short: { everyMs, run: async () => ran.push('short') },
  }
  await during(chores, memoryTurns().turns)
  expect([ran, stopped]).toEqual([['short'], true])
})

test('one that fails is due again after pauses that grow, and fails no other', async () => {
  const ran: string[] = []
  const { turns, pausesMs } = memoryTurns()
  const lines = await during(
    {
      bad: { everyMs, run: () => Promise.reject(new Error('no')) },
      good: { everyMs, run: async () => ran.push('good') },
    },
    turns,
    async () => {
      while (pausesMs.length < 3) await Bun.sleep(5)
    },
  )
  expect(pausesMs.slice(0, 3)).toEqual([60_000, 120_000, 240_000])
  expect(ran).toEqual(['good'])
  expect(new Set(failed)).toEqual(new Set(['bad']))
  expect(lines.filter((line) => line.includes('chore.failed'))).not.toBeEmpty()
})

test('while nobody can say whose turn it is, nothing is done', async () => {
  const ran: string[] = []
  await during(
    { chore: { everyMs, run: async () => ran.push('chore') } },
    memoryTurns({ chore: 'unknown' }).turns,
  )
  expect(ran).toEqual([])
})

test('turns of chores that there are no more are forgotten at the start', async () => {
  const { turns, known } = memoryTurns()
  await during({ one: { everyMs, run: async () => {} } }, turns)
  expect(known()).toEqual(['one'])
})

test('what this worker cannot do now stays due, until it can', async () => {
  const ran: string[] = []
  const { turns } = memoryTurns()
  let able = false
  const chore: Chore = { everyMs, run: async () => ran.push('chore'), can: () => able }
  await during({ chore }, turns)
  expect(ran).toEqual([])
  able = true
  await during({ chore }, turns)
  expect(ran).toEqual(['chore'])
})
