import { spawn } from 'node:child_process'

/** How a supervised process came to its end: `code` or `signal` of the last run. */
export type Ending = Readonly<{
  reason: 'stopped' | 'exited' | 'gave-up'
  code: number | null
  signal: NodeJS.Signals | null
}>

/** Where the output goes: to ours, line by line to a function, or to an open file. */
export type Output = 'inherit' | { line: (text: string) => void } | { file: number }

export type SuperviseOptions = Readonly<{
  name: string
  command: readonly [string, ...string[]]
  env?: Readonly<Record<string, string | undefined>>
  cwd?: string
  /** Takes one calm sentence whenever the process dies, comes back or is given up. */
  log: (sentence: string) => void
  output?: Output
  /** Starts the process again, with growing pauses, when it ends by itself. Default true. */
  restart?: boolean | (() => boolean)
  /** Rapid ends in a row after which it is given up. Default 6; `Infinity` never gives up. */
  giveUpAfter?: number | (() => number)
  /** How long `stop()` waits before it kills. Default 10 s. */
  stopTimeoutMs?: number
  stopSignal?: NodeJS.Signals
  /** Puts the process in a session of its own, so that Ctrl-C in the terminal reaches only us. */
  detached?: boolean
  /** Called before each run; when it throws, that run has failed. */
  prepare?: () => void
  onStart?: (pid: number) => void
  /** For tests: another way to start a process, to wait, and to tell the time. */
  launch?: (options: SuperviseOptions) => Child
  wait?: (ms: number, abort: AbortSignal) => Promise<void>
  now?: () => number
}>

/** How one run ended. `failure` when it could not even begin. */
export type Exit = Readonly<{ code: number | null; signal: NodeJS.Signals | null; failure?: Error }>

/** As much of a child process as the supervisor needs. */
export type Child = Readonly<{
  pid: number | undefined
  kill: (signal: NodeJS.Signals) => unknown
  ended: Promise<Exit>
}>

export type Supervised = Readonly<{
  name: string
  /** Of the process that runs now; undefined in a pause between two runs and after the end. */
  readonly pid: number | undefined
  readonly restarts: number
  /** Resolves once, when the process has ended for good. */
  exited: Promise<Ending>
  /** Asks it to end, kills it after `stopTimeoutMs`, and resolves when it is gone. Never restarts it. */
  stop(): Promise<Ending>
  /** Sends a signal to the process that runs now; what dies of it is restarted as after any crash. */
  signal(signal: NodeJS.Signals): void
}>

const stableAfterMs = 10_000
const longestPauseMs = 10_000
const lastLinesMs = 500

/** The pause before a restart: 0.2 s after the first rapid end, doubling up to 10 s. */
export function pauseMs(rapidEnds: number): number {
  return Math.min(longestPauseMs, 100 * 2 ** rapidEnds)
}

/** Runs a process, and runs it again when it dies, until `stop()` or until it dies too often too quickly. */
export function supervise(options: SuperviseOptions): Supervised {
  const { name, log, stopTimeoutMs = 10_000 } = options
  const restart = typeof options.restart === 'function' ? options.restart : () => options.restart ?? true
  const giveUpAfter =
    typeof options.giveUpAfter === 'function'
      ? options.giveUpAfter
      : () => (options.giveUpAfter as number | undefined) ?? 6
  const launch = options.launch ?? launchChild
  const wait = options.wait ?? waitFor
  const now = options.now ?? Date.now

  let child: Child | undefined
  let stopping = false
  let rapidEnds = 0
  let restarts = 0
  const pause = new AbortController()
  const { promise: exited, resolve: end } = Promise.withResolvers<Ending>()

  function begin(): Child {
    try {
      options.prepare?.()
      return launch(options)
    } catch (failure) {
      return {
        pid: undefined,
        kill: () => undefined,
        ended: Promise.resolve({ code: null, signal: null, failure: failure as Error }),
      }
    }
  }

  function run() {
    const startedAt = now()
    child = begin()
    if (child.pid !== undefined) options.onStart?.(child.pid)
    void child.ended.then(({ code, signal, failure }) => {
      child = undefined
      if (stopping) return end({ reason: 'stopped', code, signal })
      if (!restart()) return end({ reason: 'exited', code, signal })
      rapidEnds = now() - startedAt < stableAfterMs ? rapidEnds + 1 : 1
      const why = failure ? failure.message : signal ? `was ended by ${signal}` : `ended with code ${code}`
      if (rapidEnds >= giveUpAfter()) {
        log(`${name} ${why}, ${rapidEnds} times in a row: it is not started again`)
        return end({ reason: 'gave-up', code, signal })
      }
      const ms = pauseMs(rapidEnds)
      log(`${name} ${why}; it starts again in ${ms / 1000} s`)
      return wait(ms, pause.signal).then(() => {
        if (stopping) return end({ reason: 'stopped', code, signal })
        restarts += 1
        run()
      })
    })
  }
  run()

  return {
    name,
    get pid() {
      return child?.pid
    },
    get restarts() {
      return restarts
    },
    exited,
    signal(signal) {
      child?.kill(signal)
    },
    async stop() {
      if (!stopping) {
        stopping = true
        pause.abort()
        child?.kill(options.stopSignal ?? 'SIGTERM')
      }
      const timer = setTimeout(() => {
        log(`${name} did not end within ${stopTimeoutMs / 1000} s and is killed`)
        child?.kill('SIGKILL')
      }, stopTimeoutMs)
      const ending = await exited
      clearTimeout(timer)
      return ending
    },
  }
}

function launchChild({
  command: [file, ...args],
  env,
  cwd,
  detached,
  output = 'inherit',
}: SuperviseOptions): Child {
  const sink =
    typeof output === 'object' && 'file' in output ? output.file : output === 'inherit' ? output : 'pipe'
  const child = spawn(file, args, { env, cwd, detached, stdio: ['ignore', sink, sink] })
  if (typeof output === 'object' && 'line' in output)
    for (const stream of [child.stdout, child.stderr]) if (stream) eachLine(stream, output.line)
  const { promise: ended, resolve } = Promise.withResolvers<Exit>()
  child.once('error', (failure) => resolve({ code: null, signal: null, failure }))
  child.once('exit', (code, signal) => {
    child.once('close', () => resolve({ code, signal }))
    // Its last lines may still be on their way; a child of its own may hold them open for ever.
    setTimeout(() => resolve({ code, signal }), lastLinesMs).unref()
  })
  return { pid: child.pid, kill: (signal) => child.kill(signal), ended }
}

/** Calls `take` with every line of a stream, the last one without a line break included. */
export function eachLine(stream: NodeJS.ReadableStream, take: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) take(line)
  })
  stream.on('end', () => {
    if (rest) take(rest)
  })
}

function waitFor(ms: number, abort: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    abort.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
