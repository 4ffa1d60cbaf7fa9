import type { Redis } from 'ioredis'
import { TooLate, withDeadline } from '../deadline.ts'
import { growingPause } from '../growing-pause.ts'
import type { Log } from '../log.ts'
import { isRefusal, refusedBecause, renew } from './connection.ts'
import { type Fitness, fitnessOf } from './fitness.ts'

export type GateOptions = Readonly<{
  /** From `redisForCommands`; the gate connects it. */
  redis: Redis
  /** In production a Redis that cannot keep its promise stays closed. */
  refuseUnsafe: boolean
  /** Makes ready what is behind the gate. Rejects when that cannot be done now. */
  prepare(): Promise<void>
  /** Tells Redis what it may not know. Resolves with false when that has to be tried again while the gate is open. */
  tellClaims(): Promise<boolean>
  log: Log
}>

export type Gate = Readonly<{
  isOpen(): boolean
  /** Closes it until Redis has been looked at again. */
  close(because: string): void
  /** Why it is closed, in words for the health page. */
  closedBecause(): string | undefined
  /** What is wrong with this Redis's settings, or undefined. */
  unsafeBecause(): string | undefined
  start(): void
  /** Resolves once it is known whether it opens, or `deadlineMs` has passed. */
  settled(deadlineMs: number): Promise<void>
  stop(): void
}>

// It opens a connection of its own.
const fitnessDeadlineMs = 3_000
const reopenPauseMs = 500
// Somebody has to change its settings or rights first.
const unfitPauseMsMax = 10_000
// As long as a commit to Postgres that began before the gate opened may be on its way.
const tellAgainAfterMs = 2_000

/** Whether leads go through Redis now: while it is reachable, safe and knows the claims of the window. */
export function createGate(options: GateOptions): Gate {
  const { redis, log, refuseUnsafe } = options
  let open = false
  let reason: string | undefined = 'not connected yet'
  let fitness: Fitness = {}
  let stopped = false
  let shut = () => {}
  const settled = Promise.withResolvers<void>()

  function close(because: string): void {
    if (open && !stopped) log.warn('redis.closed', { because })
    open = false
    reason = because
    shut()
  }

  /** Opens it when Redis is fit, waits until something closes it, and begins again. */
  async function keep(): Promise<void> {
    const pause = growingPause(reopenPauseMs, unfitPauseMsMax)
    redis.on('close', () => close('connection lost'))
    redis.connect().catch(() => {})
    while (!stopped) {
      const closed = new Promise<void>((resolve) => {
        shut = resolve
      })
      try {
        await lookAtRedis()
        await options.prepare()
        let told = await options.tellClaims()
        open = true
        reason = undefined
        settled.resolve()
        log.info('redis.open')
        // Once more for what was on its way to Postgres meanwhile, and until Postgres could be asked.
        do {
          await Promise.race([closed, Bun.sleep(tellAgainAfterMs)])
          if (open) told = await options.tellClaims()
        } while (open && !told)
        await closed
        if (!stopped) await Bun.sleep(reopenPauseMs)
      } catch (error) {
        close((error as Error).message)
        if (error instanceof TooLate || isRefusal(error)) renew(redis, error)
        const isUnfit = fitness.unable || (fitness.unsafe && refuseUnsafe)
        if (isUnfit) settled.resolve()
        else pause.reset()
        await Bun.sleep(isUnfit ? pause.next() : reopenPauseMs)
      }
    }
  }

  async function lookAtRedis(): Promise<void> {
    if (redis.status !== 'ready') throw new Error(reason ?? 'not connected')
    const before = fitness
    const trying = fitnessOf(redis, refuseUnsafe)
    fitness = await withDeadline(trying, fitnessDeadlineMs, 'trying what Redis may do')
    const { unable, unsafe } = fitness
    if (unable && unable !== before.unable) log.error('redis.unable', { because: unable })
    if (unsafe && unsafe !== before.unsafe) log.warn('redis.unsafe', { because: unsafe })
    if (unable) throw new Error(unable)
    if (unsafe && refuseUnsafe) throw new Error(unsafe)
  }

  return {
    isOpen: () => open,
    close,
    closedBecause: () => (open ? undefined : (refusedBecause(redis) ?? reason ?? 'closed')),
    unsafeBecause: () => fitness.unsafe,
    start() {
      void keep()
    },
    settled: (deadlineMs) => withDeadline(settled.promise, deadlineMs, 'opening Redis').catch(() => {}),
    stop() {
      stopped = true
      close('stopped')
    },
  }
}
