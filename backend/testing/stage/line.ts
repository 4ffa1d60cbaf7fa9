import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { withoutStorageKey } from '../../local/object-storage.ts'
import { partEnvironment } from '../../local/part-environment.ts'
import { isFree } from '../../local/ports.ts'

const backend = join(import.meta.dir, '../..')

/** A process of the line that a test may end in any way and start again. */
export type LineProcess = Readonly<{
  readonly pid: number | undefined
  /** Everything it has written so far. */
  output(): string
  /** From now on nobody reads what it writes, as after the end of the other side of a pipe. */
  stopReading(): void
  start(): Promise<void>
  /** Sends a signal; waits for the end when the signal ends the process. */
  kill(signal?: NodeJS.Signals): Promise<void>
}>

export type Line = Readonly<{
  origin: string
  api: LineProcess
  worker: LineProcess
  workerOrigin: string
  stop(): Promise<void>
}>

export type LineOptions = Readonly<{
  /** Addresses and settings for both processes. */
  env: Readonly<Record<string, string>>
  /** What one of them sees otherwise, such as a store behind a gate. */
  apiEnv?: Readonly<Record<string, string>>
  workerEnv?: Readonly<Record<string, string>>
  /** The file that both write to, instead of to us. */
  outputPath?: string
  /** Another API in its place, for showing that the tests can fail. */
  apiEntry?: string
  /** Another worker in its place, for the same. */
  workerEntry?: string
}>

const readyDeadlineMs = 60_000

// A secret that production believes, and the same in every process of a run.
export const lineSecret = new Bun.CryptoHasher('sha256').update('the line of the tests').digest('hex')

// With LINE_SHARDS=12 every line of the tests divides phones into so many parts.
const shards = process.env.LINE_SHARDS
export const lineShards = Number(shards || 1)
export const shardsOfLine: Readonly<Record<string, string>> = shards ? { REDIS_SHARDS: shards } : {}

/** The production API and worker as processes of their own, on free ports. */
export async function startLine(options: LineOptions): Promise<Line> {
  const [port, workerPort] = (await freePorts(2)) as [number, number]
  const env = {
    ...partEnvironment,
    ...process.env,
    SECRET_KEY: lineSecret,
    RATE_LIMIT_RPM: '0',
    LOG_LEVEL: 'info',
    // No machine nearby has business with a line of tests.
    LISTEN_ADDRESS: '127.0.0.1',
    // What takes the place of one of ours knows of one shard.
    ...(!options.apiEntry && !options.workerEntry && shardsOfLine),
    ...options.env,
    ...withoutStorageKey,
    PORT: String(port),
    WORKER_PORT: String(workerPort),
    PUBLIC_URL: `http://localhost:${port}`,
    NODE_ENV: 'test',
  }
  const origin = `http://127.0.0.1:${port}`
  const workerOrigin = `http://127.0.0.1:${workerPort}`
  const api = lineProcess(
    options.apiEntry ?? join(backend, 'api.ts'),
    { ...env, ...options.apiEnv },
    `${origin}/livez`,
    options.outputPath,
  )
  const worker = lineProcess(
    options.workerEntry ?? join(backend, 'worker.ts'),
    { ...env, ...options.workerEnv },
    `${workerOrigin}/livez`,
    options.outputPath,
  )
  const started = await Promise.allSettled([api.start(), worker.start()])
  const failed = started.find((each) => each.status === 'rejected')
  if (failed) {
    await Promise.all([api.kill(), worker.kill()])
    throw failed.reason
  }
  return {
    origin,
    workerOrigin,
    api,
    worker,
    async stop() {
      await api.kill('SIGTERM')
      await worker.kill('SIGTERM')
    },
  }
}

function lineProcess(
  entry: string,
  env: Record<string, string | undefined>,
  probe: string,
  outputPath: string | undefined,
): LineProcess {
  let child: ChildProcess | undefined
  let output = ''
  const isAlive = () => child !== undefined && child.exitCode === null && child.signalCode === null
  return {
    get pid() {
      return isAlive() ? child?.pid : undefined
    },
    output: () => output,
    stopReading() {
      child?.stdout?.destroy()
      child?.stderr?.destroy()
    },
    async start() {
      const sink = outputPath === undefined ? 'pipe' : openSync(outputPath, 'a')
      const started = spawn(process.execPath, ['--no-env-file', entry], {
        env: env as NodeJS.ProcessEnv,
        stdio: ['ignore', sink, sink],
      })
      if (typeof sink === 'number') closeSync(sink)
      child = started
      const keep = (chunk: Buffer) => {
        output += chunk.toString()
      }
      started.stdout?.on('data', keep)
      started.stderr?.on('data', keep)
      const deadline = Date.now() + readyDeadlineMs
      while (!(await answers(probe))) {
        if (!isAlive()) throw new Error(`${entry} ended:\n${output.slice(-2_000)}`)
        if (Date.now() > deadline) throw new Error(`${entry} is not ready:\n${output.slice(-2_000)}`)
        await Bun.sleep(20)
      }
    },
    async kill(signal = 'SIGKILL') {
      if (!isAlive()) return
      const ended = once(child!, 'exit')
      child!.kill(signal)
      if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await ended
    },
  }
}

async function answers(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(1_000) }).then(
    (response) => response.ok,
    () => false,
  )
}

// Of every lane of the runner other ports, so that none takes one of a process that another is about to start again; below
// those that systems hand out by themselves.
const portsOfLane = 3_000
const firstPort = 11_000 + Number(process.env.TEST_LANE ?? 0) * portsOfLane
const given = new Set<number>()

/** Ports that nobody listens on, each another, and none that this file was given before. */
export async function freePorts(count: number): Promise<number[]> {
  const found: number[] = []
  while (found.length < count) {
    const port = firstPort + Math.floor(Math.random() * portsOfLane)
    if (given.has(port) || !(await isFree(port))) continue
    given.add(port)
    found.push(port)
  }
  return found
}
