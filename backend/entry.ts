import { type Config, InvalidConfig, readConfig } from './config.ts'
import { errorFields, type Log } from './log.ts'
import { weaknessesOf } from './weak-settings.ts'

// What hangs while it drains is not waited for; whoever supervises this process starts it again.
const drainAfterFaultMs = 10_000

/**
 * Waits for SIGTERM or Ctrl-C, then stops what was started. What nobody foresaw and nobody caught is logged, and then the
 * process drains as if it were asked to end: whoever was let in is answered, and it comes back with a clean state.
 */
export function untilAsked(log: Log, stop: () => Promise<void>): void {
  let stopping = false
  const end = (code: number) => {
    if (stopping) return
    stopping = true
    void stop().then(
      () => process.exit(code),
      (error) => {
        log.error('process.stop_failed', errorFields(error))
        process.exit(1)
      },
    )
  }
  const unforeseen = (error: unknown) => {
    log.error('process.unforeseen', errorFields(error))
    setTimeout(() => process.exit(1), drainAfterFaultMs).unref()
    end(1)
  }
  process.on('uncaughtException', unforeseen)
  process.on('unhandledRejection', unforeseen)
  process.once('SIGTERM', () => end(0))
  process.once('SIGINT', () => end(0))
}

/** Reads the settings, or ends the process with every fault in them. */
export function configOrExit(): Config {
  try {
    return readConfig(process.env)
  } catch (error) {
    if (!(error instanceof InvalidConfig)) throw error
    console.error(error.message)
    process.exit(1)
  }
}

/** Says once, at the start, what of the settings is weak and may be wanted. */
export function tellWeaknesses(config: Config, log: Log): void {
  for (const because of weaknessesOf(config).told) log.warn('settings.weak', { because })
}

/** Ends the process where going on would break the promise of a 202, or do it with the leads of others. */
export function exitIfRefused({ unsafe, foreign }: Readonly<{ unsafe?: string; foreign?: string }>): void {
  if (!unsafe && !foreign) return
  console.error(
    foreign
      ? `${foreign}.`
      : `${unsafe}. Mend its settings, or set ACK_MODE=pg to acknowledge through Postgres.`,
  )
  process.exit(1)
}

/** Where a server listens: on one address of the machine, or on all. */
export function listenOn({ listenAddress }: Config): { hostname?: string } {
  return listenAddress === '' ? {} : { hostname: listenAddress }
}

/** Listens, or ends the process with one sentence; `setting` names the port. */
export function listenOrExit<Server>(setting: string, port: number, listen: () => Server): Server {
  try {
    return listen()
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    console.error(
      code === 'EADDRINUSE'
        ? `Port ${port} is in use. Stop what listens there, or set ${setting} to another.`
        : `Port ${port} cannot be listened on: ${message}. ${setting} sets another.`,
    )
    process.exit(1)
  }
}
