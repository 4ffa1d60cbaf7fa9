import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../house/sources.ts'
import { until } from './faults.ts'

/** `bun run start` of this checkout, with data of its own. */
export type Started = Readonly<{
  pid: number
  /** All it has written. */
  output(): string
  /** The code it ended with, or undefined while it runs. */
  code(): number | null | undefined
  /** Where the API is, once it runs. @throws Error when it ends before, or takes too long. */
  origin(): Promise<string>
  signal(signal: NodeJS.Signals): void
  /** From now on nobody reads what it writes. */
  stopReading(): void
  ended: Promise<number | null>
  /** Ends it and removes its data. */
  remove(): Promise<void>
}>

const upDeadlineMs = 90_000

// Those that must be built first would take minutes; given ones are not started, and the line goes on without them.
const optionalOnesAway = {
  MONGO_URL: 'mongodb://127.0.0.1:9/landfast',
  S3_ENDPOINT: 'http://127.0.0.1:9',
}

/** Starts Postgres, Redis, API and worker on free ports. What `env` sets to undefined is not set. */
export function start(env: Readonly<Record<string, string | undefined>> = {}, ...args: string[]): Started {
  const folder = mkdtempSync(join(tmpdir(), 'landfast-start-'))
  const child = spawn(process.execPath, ['--no-env-file', 'backend/local/start.ts', ...args], {
    cwd: root,
    env: {
      ...process.env,
      DATABASE_URL: undefined,
      REDIS_URL: undefined,
      ...optionalOnesAway,
      DATA_DIR: join(folder, 'data'),
      PORT: '0',
      WORKER_PORT: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk
    })
  let code: number | null | undefined
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve)).then((last) => {
    code = last
    return last
  })
  const found = () => /^ +API +running +(http:\S+)\/api/m.exec(output)?.[1]
  return {
    pid: child.pid!,
    output: () => output,
    code: () => code,
    async origin() {
      const runs = () => {
        if (code !== undefined) throw new Error(`it ended with code ${code}:\n${output}`)
        return found()
      }
      await until('it runs', runs, upDeadlineMs)
      return found()!
    },
    signal: (signal) => child.kill(signal),
    stopReading() {
      child.stdout.destroy()
      child.stderr.destroy()
    },
    ended,
    async remove() {
      if (code === undefined) child.kill('SIGINT')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
