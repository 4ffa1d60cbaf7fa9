export const serviceNames = ['postgres', 'redis', 'mongo', 's3'] as const
export type ServiceName = (typeof serviceNames)[number]

/** `joining`: its address is final, it is still being built or started. `missing`: needed or wished, and not to be had. */
export type ServiceState = 'running' | 'joining' | 'off' | 'missing'

/** One service, wherever it comes from. Those from the environment have no pid and are never started or stopped. */
export type Service = Readonly<{
  name: ServiceName
  title: string
  readonly state: ServiceState
  /** Final from the beginning, also while it is joining. */
  readonly url: string | undefined
  /** One line: what was taken, or why there is none. */
  readonly how: string
  readonly pid: number | undefined
  /** Resolves when it runs or is off for good. */
  settled: Promise<void>
  /** Ends the process, waits until it is gone and leaves it down; SIGSTOP and SIGCONT are only sent. Default SIGKILL. */
  kill: (signal?: NodeJS.Signals) => Promise<void>
  /** Runs it again on the same port and data. Resolves when it serves. */
  restart: () => Promise<void>
  /** Ends it in its own orderly way. */
  stop: () => Promise<void>
}>
