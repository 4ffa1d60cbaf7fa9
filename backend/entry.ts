import { type Config, InvalidConfig, readConfig } from './config.ts'
import type { Log } from './log.ts'
import { weaknessesOf } from './weak-settings.ts'

/** Waits for SIGTERM or Ctrl-C, then stops what was started. */
export function untilAsked(stop: () => Promise<void>): void {
  let stopping = false
  const once = () => {
    if (stopping) return
    stopping = true
    void stop().then(() => process.exit(0))
  }
  process.once('SIGTERM', once)
  process.once('SIGINT', once)
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

/** Ends the process where going on would break the promise of a 202. */
export function exitIfRefused(refusal: string | undefined): void {
  if (!refusal) return
  console.error(`${refusal}. Mend its settings, or set ACK_MODE=pg to acknowledge through Postgres.`)
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
