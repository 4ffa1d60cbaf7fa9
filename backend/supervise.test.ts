import { expect, test } from 'bun:test'
import { type Exit, pauseMs, type SuperviseOptions, supervise } from './supervise.ts'

/** Runs a supervisor over children that live and die at our word, in a time that we move. */
function stage(options: Partial<SuperviseOptions> = {}) {
  const children: { signals: string[]; end: (exit: Exit) => void }[] = []
  const pauses: number[] = []
  const said: string[] = []
  let clockMs = 0
  const supervised = supervise({
    name: 'the API',
    command: ['none'],
    log: (sentence) => said.push(sentence),
    launch: () => {
      const { promise: ended, resolve: end } = Promise.withResolvers<Exit>()
      const signals: string[] = []
      children.push({ signals, end })
      return { pid: 99 + children.length, kill: (signal) => signals.push(signal), ended }
    },
    wait: async (ms) => {
      pauses.push(ms)
    },
    now: () => clockMs,
    ...options,
  })
  const die = async (code: number, afterMs = 0) => {
    clockMs += afterMs
    children.at(-1)!.end({ code, signal: null })
    for (let turn = 0; turn < 5; turn++) await Promise.resolve()
  }
  return { supervised, children, pauses, said, die }
}

test('a process that dies is started again, after pauses that double', async () => {
  const { supervised, children, pauses, die } = stage()
  for (let i = 0; i < 4; i++) await die(1)
  expect(children).toHaveLength(5)
  expect(pauses).toEqual([200, 400, 800, 1600])
  expect(supervised.restarts).toBe(4)
  expect(supervised.pid).toBe(104)
})

test('a pause is never longer than ten seconds', () => {
  expect(pauseMs(1)).toBe(200)
  expect(pauseMs(50)).toBe(10_000)
})

test('a life of ten seconds forgives the ends before it', async () => {
  const { pauses, die } = stage({ giveUpAfter: 3 })
  await die(1)
  await die(1)
  await die(1, 10_000)
  await die(1)
  expect(pauses).toEqual([200, 400, 200, 400])
})

test('a process that keeps dying is given up, with a sentence that says so', async () => {
  const { supervised, children, said, die } = stage({ giveUpAfter: 3 })
  for (let i = 0; i < 3; i++) await die(7)
  expect(await supervised.exited).toEqual({ reason: 'gave-up', code: 7, signal: null })
  expect(children).toHaveLength(3)
  expect(said.at(-1)).toBe('the API ended with code 7, 3 times in a row: it is not started again')
})

test('a stop asks first, and what ends after it is not started again', async () => {
  const { supervised, children, die } = stage({ stopSignal: 'SIGINT' })
  const stopped = supervised.stop()
  expect(children[0]!.signals).toEqual(['SIGINT'])
  await die(0)
  expect((await stopped).reason).toBe('stopped')
  expect(children).toHaveLength(1)
})

test('a stop in the pause between two lives ends there', async () => {
  const { supervised, children, die } = stage({
    wait: (_ms, abort) => new Promise((resolve) => abort.addEventListener('abort', () => resolve())),
  })
  await die(1)
  expect(supervised.pid).toBeUndefined()
  expect((await supervised.stop()).reason).toBe('stopped')
  expect(children).toHaveLength(1)
})

test('a process that does not end when asked is killed', async () => {
  const { supervised, children, die } = stage({ stopTimeoutMs: 1 })
  const stopped = supervised.stop()
  const child = children[0]!
  await new Promise<void>((resolve) => {
    const push = child.signals.push.bind(child.signals)
    child.signals.push = (...signals) => {
      resolve()
      return push(...signals)
    }
  })
  expect(child.signals).toEqual(['SIGTERM', 'SIGKILL'])
  await die(137)
  await stopped
})

test('a command that does not exist is given up with its reason', async () => {
  const said: string[] = []
  const supervised = supervise({
    name: 'the API',
    command: ['/nonexistent/program'],
    log: (sentence) => said.push(sentence),
    giveUpAfter: 1,
  })
  expect((await supervised.exited).reason).toBe('gave-up')
  expect(said[0]).toContain('ENOENT')
})

test('output comes line by line, a last line without a break included', async () => {
  const lines: string[] = []
  const supervised = supervise({
    name: 'printer',
    command: [process.execPath, '-e', 'process.stdout.write("one\\ntwo\\nthr"); process.stdout.write("ee")'],
    log: () => undefined,
    restart: false,
    output: { line: (line) => lines.push(line) },
  })
  await supervised.exited
  expect(lines).toEqual(['one', 'two', 'three'])
})

test('what has to be there before each run is seen to before each, and its failure is one of the run', async () => {
  let prepared = 0
  const { children, said, die } = stage({
    prepare() {
      prepared += 1
      if (prepared === 2) throw new Error('was not to be had')
    },
  })
  await die(1)
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
  expect(prepared).toBe(3)
  expect(children).toHaveLength(2)
  expect(said).toContain('the API was not to be had; it starts again in 0.4 s')
})
