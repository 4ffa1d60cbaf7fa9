import { join } from 'node:path'
import { type Supervised, supervise } from '../supervise.ts'
import { CannotStart } from './cannot-start.ts'
import type { DataDir } from './data-dir.ts'
import type { Environment } from './machine.ts'
import { pageIsStale } from './page-build.ts'
import { partEnvironment } from './part-environment.ts'
import { goneWithin, membersOf, signalProcess } from './process-identity.ts'
import { serviceNames } from './service.ts'

/** The repository, where every command of the line runs. */
export const root = join(import.meta.dir, '..', '..')

/** Where Vite serves the page in `dev`: on the loopback unless a host is given. */
export type PageServer = Readonly<{ port: number; host?: string }>

// A drain waits for the commits in flight, each with a deadline of seconds.
const drainTimeoutMs = 30_000
// While it starts, a few rapid ends mean that something is wrong; later, minutes of patience.
const endsWhileStarting = 4
const endsWhileRunning = 30

/** The processes that we run besides the services, and what their command lines hold. */
const parts = { api: 'backend/api.ts', worker: 'backend/worker.ts', vite: 'frontend/vite.config.ts' } as const
export type PartName = keyof typeof parts

type Deps = Readonly<{
  env: Environment
  print: (line: string) => void
  dataDir: DataDir
  /** Undefined: nothing is restarted when its sources change. */
  dev: PageServer | undefined
  /** Whether the line has been ready once. */
  isUp: () => boolean
}>

/** Runs one part, with its name before each of its lines, and again when it dies. */
export function runPart(deps: Deps, name: PartName): Supervised {
  const bun = process.execPath
  const command: [string, ...string[]] =
    name === 'vite'
      ? [bun, 'x', 'vite', '--config', parts.vite, ...viteOptions(deps.dev)]
      : [bun, ...(deps.dev ? ['--watch', '--no-clear-screen'] : []), parts[name]]
  return supervise({
    name: `The ${name}`,
    command,
    env: { ...partEnvironment, ...deps.env },
    cwd: root,
    log: deps.print,
    output: { line: (line) => deps.print(`${name.padEnd(6)} | ${line}`) },
    giveUpAfter: () => (deps.isUp() ? endsWhileRunning : endsWhileStarting),
    stopTimeoutMs: drainTimeoutMs,
    detached: true,
    onStart: (pid) => deps.dataDir.recordRun(name, pid),
  })
}

function viteOptions({ port, host }: PageServer = { port: 0 }): string[] {
  return ['--port', String(port), ...(host ? ['--host', host] : [])]
}

/** Ends what a `start` that was killed left behind, since it still holds the ports. */
export async function endLeftOvers(deps: Pick<Deps, 'dataDir' | 'print'>): Promise<void> {
  for (const name of Object.keys(parts) as PartName[]) {
    const pids = pidsOf(deps.dataDir, name)
    if (pids.length > 0)
      deps.print(`The ${name} of an earlier start still runs (pid ${pids[0]}) and is ended first`)
    for (const pid of pids) signalProcess(pid, 'SIGTERM')
    for (const pid of pids) if (!(await goneWithin(pid, drainTimeoutMs))) signalProcess(pid, 'SIGKILL')
    deps.dataDir.forgetRun(name)
  }
}

/** Kills all that runs from this folder at once. What was answered is on disk, so nothing is lost by it. */
export function killAll(dataDir: DataDir): void {
  const services = serviceNames.flatMap((name) => dataDir.running(name)?.pid ?? [])
  for (const pid of [...leftOvers(dataDir), ...services]) signalProcess(pid, 'SIGKILL')
}

/** The processes of API, worker and page that run from this folder. */
export function leftOvers(dataDir: DataDir): number[] {
  return (Object.keys(parts) as PartName[]).flatMap((name) => pidsOf(dataDir, name))
}

// A part leads a process group; its own children may have survived it.
function pidsOf(dataDir: DataDir, name: PartName): number[] {
  const record = dataDir.lastRun(name)
  return record ? membersOf(record.pid, parts[name]) : []
}

/**
 * Brings the tables up to date.
 * @throws CannotStart when that fails; what the command said is printed before.
 */
export async function migrate(deps: Pick<Deps, 'env' | 'print'>, stop: AbortSignal): Promise<void> {
  if (!(await didCommand(deps, ['db.ts', 'migrate'], stop)))
    throw new CannotStart('The tables of Postgres could not be brought up to date; the reason is above.')
}

/** Makes the bucket and lets everybody read it, so that the API needs no key. What it said is printed where that fails. */
export async function setupMedia(deps: Pick<Deps, 'env' | 'print'>, stop: AbortSignal): Promise<void> {
  if (!(await didCommand(deps, ['media.ts', 'setup'], stop)))
    deps.print('Pictures and videos cannot be served; the reason is above.')
}

/** Whether a command for operators did its work, or was stopped. */
async function didCommand(
  deps: Pick<Deps, 'env' | 'print'>,
  [file, action]: readonly [file: string, action: string],
  stop: AbortSignal,
): Promise<boolean> {
  const run = runToEnd(deps, [process.execPath, `backend/commands/${file}`, action])
  const end = () => void run.stop()
  stop.addEventListener('abort', end)
  if (stop.aborted) end()
  const { code, said, stopped } = await run.ended
  stop.removeEventListener('abort', end)
  if (code === 0 || stopped) return true
  for (const line of said) deps.print(`${action} | ${line}`)
  return false
}

/** Builds the page if its sources are newer. `built` resolves with a sentence for people, if there is something to say. */
export function buildPage(deps: Pick<Deps, 'env' | 'print'>): {
  readonly state: string
  built: Promise<string | undefined>
  stop: () => Promise<unknown>
} {
  if (!pageIsStale(root))
    return { state: 'running', built: Promise.resolve(undefined), stop: () => Promise.resolve() }
  deps.print('Building the page; a plain one is served until it is there')
  let state = 'joining'
  const run = runToEnd(deps, [process.execPath, 'run', 'build'])
  const built = run.ended.then(({ code, said, stopped }) => {
    if (code === 0) {
      state = 'running'
      return 'The page is built'
    }
    state = 'off'
    const reason = said.findLast((line) => /error/i.test(line)) ?? said.at(-1) ?? ''
    return stopped ? undefined : `The page could not be built and a plain one is served: ${reason.trim()}`
  })
  return {
    get state() {
      return state
    },
    built,
    stop: run.stop,
  }
}

function runToEnd(deps: Pick<Deps, 'env' | 'print'>, command: [string, ...string[]]) {
  const said: string[] = []
  const child = supervise({
    name: command.slice(1).join(' '),
    command,
    env: deps.env,
    cwd: root,
    log: deps.print,
    output: { line: (line) => said.push(line) },
    restart: false,
    detached: true,
  })
  return {
    ended: child.exited.then(({ code, reason }) => ({ code, said, stopped: reason === 'stopped' })),
    stop: child.stop,
  }
}
