import { closeSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs'
import { withDeadline } from '../deadline.ts'
import { type Supervised, supervise } from '../supervise.ts'
import { CannotStart } from './cannot-start.ts'
import type { DataDir } from './data-dir.ts'
import { choosePort, isFree } from './ports.ts'
import { birthOf, goneWithin, signalProcess } from './process-identity.ts'

/** What differs between the servers that we run ourselves. */
export type ServerPlan = Readonly<{
  name: string
  title: string
  /** A port that was promised before; without it one is chosen. */
  port?: number
  /** Called before every start. */
  command: (port: number) => Promise<readonly [string, ...string[]]> | readonly [string, ...string[]]
  /** Called before every run, also of one that died by itself. */
  prepare?: () => void
  env?: Readonly<Record<string, string | undefined>>
  /** Default: the root of all folders. */
  cwd?: string
  /** Resolves 'ready' when it serves, 'loading' when it answers but is not ready; rejects when nothing answers. */
  ping: (port: number) => Promise<'ready' | 'loading'>
  stopSignal?: NodeJS.Signals
  stopTimeoutMs?: number
  /** A process that is not recorded but runs on our data all the same. */
  stray?: () => { pid: number; port: number } | undefined
  /** A line of its log that goes away by itself, so that another try is worth it. */
  passing?: RegExp
  /** A sentence for the last lines of its log, where one is clearer than they are. */
  explain?: (lines: string) => string | undefined
}>

/** A server that runs on this machine, with its data and port kept between lives. */
export type Server = Readonly<{
  readonly pid: number | undefined
  readonly port: number
  adopted: boolean
  /** SIGSTOP and SIGCONT are only sent; any other signal also waits until it is gone, and it stays down. */
  kill: (signal?: NodeJS.Signals) => Promise<void>
  /** Runs it again on the same port and data; stops it first if it still runs. */
  restart: () => Promise<void>
  stop: () => Promise<void>
}>

export type ServerDeps = Readonly<{
  dataDir: DataDir
  log: (sentence: string) => void
  /** Starts it again whenever it dies by itself. */
  keepAlive: boolean
  /** Gives up waiting for one that does not serve yet, and ends it. */
  stop?: AbortSignal
}>

const answerDeadlineMs = 30_000
const pingDeadlineMs = 2_000
const firstToldMs = 10_000
const largestLogBytes = 20 * 1024 * 1024

/**
 * Takes over the server of an earlier start if it still runs on this data, else starts one, and waits until it serves.
 * @throws CannotStart with one sentence.
 */
export async function runServer(deps: ServerDeps, plan: ServerPlan): Promise<Server> {
  const { dataDir, log } = deps
  const logPath = dataDir.file('logs', `${plan.name}.log`)
  let down = false
  let booted = false
  let adopted = false
  let port = plan.port ?? 0
  let life: Supervised | undefined

  const follow = (next: Supervised) => {
    life = next
  }

  async function boot(ports: 'any' | 'same'): Promise<void> {
    const avoid: number[] = []
    const deadline = Date.now() + answerDeadlineMs
    for (;;) {
      if (deps.stop?.aborted) throw new CannotStart('interrupted')
      if (ports === 'any') port = await choosePort({ dataDir }, { name: plan.name, avoid })
      else await freeAgain(port)
      const command = await plan.command(port)
      const said = await launch(command)
      if (said === undefined) return
      if (ports === 'any' && avoid.length < 3 && /address already in use|could not bind/i.test(said))
        avoid.push(port)
      else if (plan.passing?.test(said) && Date.now() < deadline) await Bun.sleep(200)
      else throw new CannotStart(plan.explain?.(said) ?? explain(plan.title, said, logPath))
    }
  }

  async function freeAgain(wanted: number) {
    const deadline = Date.now() + 5000
    while (!(await isFree(wanted)))
      if (Date.now() > deadline)
        throw new CannotStart(`Port ${wanted} of ${plan.title} is taken by another program.`)
      else await Bun.sleep(50)
  }

  // Resolves with what its log says when it ends before it serves, with nothing when it serves.
  async function launch(command: readonly [string, ...string[]]): Promise<string | undefined> {
    rotate(logPath)
    const file = openSync(logPath, 'a', 0o600)
    const from = statSync(logPath).size
    booted = false
    const next = supervise({
      name: plan.title,
      command,
      env: plan.env,
      cwd: plan.cwd ?? '/',
      log,
      output: { file },
      restart: () => booted && !down && deps.keepAlive,
      giveUpAfter: Number.POSITIVE_INFINITY,
      prepare: plan.prepare,
      detached: true,
      stopSignal: plan.stopSignal,
      stopTimeoutMs: plan.stopTimeoutMs ?? 30_000,
      onStart: (pid) => dataDir.recordRun(plan.name, pid, port),
    })
    follow(next)
    void next.exited.then(() => closeSync(file))
    const served = await Promise.race([untilServing(), next.exited.then(() => 'ended' as const)])
    if (served === 'ended') return tail(logPath, from)
    booted = true
    return undefined
  }

  async function untilServing(): Promise<'serving'> {
    let answeredAt = Date.now()
    let tellAt = Date.now() + firstToldMs
    let pauseMs = firstToldMs
    for (;;) {
      if (deps.stop?.aborted) {
        down = true
        await life?.stop()
        throw new CannotStart('interrupted')
      }
      const answer = await withDeadline(plan.ping(port), pingDeadlineMs, 'a ping').catch(
        () => 'silent' as const,
      )
      if (answer === 'ready') return 'serving'
      if (answer === 'loading') answeredAt = Date.now()
      if (Date.now() - answeredAt > answerDeadlineMs) {
        await life?.stop()
        throw new CannotStart(`${plan.title} runs but does not answer on port ${port}; see ${logPath}`)
      }
      if (Date.now() > tellAt) {
        // It may take an hour, and every line after the first tells less.
        pauseMs *= 2
        tellAt = Date.now() + pauseMs
        log(`${plan.title} runs and is not ready yet; see ${logPath}`)
      }
      await Bun.sleep(30)
    }
  }

  async function adopt(): Promise<boolean> {
    const run = dataDir.running(plan.name) ?? plan.stray?.()
    if (!run?.port) return false
    port = run.port
    follow(attach(run.pid, plan))
    const answer = await Promise.race([untilServing(), life!.exited]).catch(() => 'silent' as const)
    if (answer !== 'serving') {
      signalProcess(run.pid, 'SIGKILL')
      await goneWithin(run.pid, 10_000)
      return false
    }
    adopted = true
    booted = true
    dataDir.recordRun(plan.name, run.pid, port)
    void life!.exited.then(() => {
      if (down || !deps.keepAlive) return
      log(`${plan.title} ended by itself and is started again`)
      adopted = false
      boot('same').catch((error) => log(String((error as Error).message)))
    })
    return true
  }

  if (!(await adopt())) await boot(plan.port === undefined ? 'any' : 'same')

  return {
    get pid() {
      return life?.pid
    },
    get port() {
      return port
    },
    adopted,
    async kill(signal = 'SIGKILL') {
      const pid = life?.pid
      if (pid === undefined) return
      if (signal === 'SIGSTOP' || signal === 'SIGCONT') return signalProcess(pid, signal)
      down = true
      signalProcess(pid, signal)
      await life?.exited
    },
    async restart() {
      down = true
      await life?.stop()
      down = false
      await boot('same')
    },
    async stop() {
      down = true
      await life?.stop()
      dataDir.forgetRun(plan.name)
    },
  }
}

/** Follows a process that is not our child with the same handle as one that is. */
function attach(pid: number, plan: ServerPlan): Supervised {
  const { promise: exited, resolve } = Promise.withResolvers<{ reason: 'exited'; code: null; signal: null }>()
  const born = birthOf(pid)
  const timer = setInterval(() => {
    if (birthOf(pid) === born) return
    clearInterval(timer)
    resolve({ reason: 'exited', code: null, signal: null })
  }, 100)
  timer.unref()
  const alive = () => birthOf(pid) === born
  return {
    name: plan.title,
    get pid() {
      return alive() ? pid : undefined
    },
    restarts: 0,
    exited,
    signal(signal) {
      if (alive()) signalProcess(pid, signal)
    },
    async stop() {
      if (alive()) signalProcess(pid, plan.stopSignal ?? 'SIGTERM')
      if (!(await goneWithin(pid, plan.stopTimeoutMs ?? 30_000))) signalProcess(pid, 'SIGKILL')
      return exited
    },
  }
}

function explain(title: string, said: string, logPath: string): string {
  if (/no space left|disk quota/i.test(said))
    return `${title} cannot start because the disk is full: free some room, then start again.`
  const lines = said.trim().split('\n')
  const telling =
    lines.findLast((line) => /fatal|error|panic|cannot|can't|failed/i.test(line)) ?? lines.at(-1)
  return `${title} does not start${telling ? `: ${telling.trim()}` : ''} (more in ${logPath})`
}

function tail(path: string, from: number): string {
  const size = statSync(path).size
  const start = Math.max(from, size - 8192)
  const bytes = Buffer.alloc(Math.max(0, size - start))
  const file = openSync(path, 'r')
  readSync(file, bytes, 0, bytes.length, start)
  closeSync(file)
  return bytes.toString('utf8')
}

function rotate(path: string): void {
  try {
    if (statSync(path).size < largestLogBytes) return
    rmSync(`${path}.1`, { force: true })
    renameSync(path, `${path}.1`)
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOENT') throw error
  }
}
