import type { Redis } from 'ioredis'
import { TooLate, withDeadline } from '../deadline.ts'
import { growingPause } from '../growing-pause.ts'
import type { Installation } from '../leads/installation.ts'
import { errorFields, type Log } from '../log.ts'
import { isRefusal, refusedBecause, renew } from './connection.ts'
import { type Fitness, fitnessOf } from './fitness.ts'
import { type Home, homeOf } from './home.ts'

export type GateOptions = Readonly<{
  /** From `redisForCommands`; the gate connects it. */
  redis: Redis
  /** Who we are; rejects while Postgres is away. The Redis of another installation stays closed. */
  installation(): Promise<Installation | undefined>
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
  /** Why leads must not rest on this Redis, now or ever: its settings, or that it is another installation's. */
  refusal(): Readonly<{ unsafe?: string; foreign?: string }>
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
const lookAgainAfterMs = 2_000

const comparing =
  'Postgres was put back to an earlier state, and the worker first gives back the claims of leads that are gone'

/** Whether leads go through Redis now: while it is reachable, safe, ours and knows the claims of the window, and no others. */
export function createGate(options: GateOptions): Gate {
  const { redis, log, refuseUnsafe } = options
  let open = false
  let reason: string | undefined = 'not connected yet'
  let fitness: Fitness = {}
  let foreign: string | undefined
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
      let isShut = false
      const closed = new Promise<void>((resolve) => {
        shut = () => {
          isShut = true
          resolve()
        }
      })
      try {
        await lookAtRedis()
        await lookWhose()
        await options.prepare()
        await options.tellClaims()
        // What it was told meanwhile holds: one that opens all the same would never again wait for what closes it.
        if (isShut) throw new Error(reason ?? 'closed')
        open = true
        reason = undefined
        settled.resolve()
        log.info('redis.open')
        // Once more for what was on its way to Postgres meanwhile, and until Postgres could be asked.
        let told = false
        while (open) {
          await Promise.race([closed, Bun.sleep(lookAgainAfterMs)])
          // One that was emptied knows of nothing, whoever was the first to mark it as ours again.
          if (open && !(await lookWhose()).wasTold) told = false
          if (open && !told) told = await options.tellClaims()
        }
        if (!stopped) await Bun.sleep(reopenPauseMs)
      } catch (error) {
        close((error as Error).message)
        if (error instanceof TooLate || isRefusal(error)) renew(redis, error)
        const isUnfit = fitness.unable || (fitness.unsafe && refuseUnsafe) || foreign
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

  /**
   * Taking leads matters more than knowing whose Redis it is: what cannot be told now is looked at again soon.
   * While it holds claims of leads that are gone Postgres decides, which knows better.
   */
  async function lookWhose(): Promise<Home> {
    let home: Home
    try {
      home = await homeOf(redis, options.installation)
    } catch (error) {
      if (isRefusal(error)) throw error
      if (foreign) throw new Error(foreign)
      log.debug('redis.whose_unknown', errorFields(error))
      return { wasTold: true }
    }
    if (home.foreign && home.foreign !== foreign) log.error('redis.foreign', { because: home.foreign })
    foreign = home.foreign
    if (foreign) throw new Error(foreign)
    if (home.putBack) throw new Error(comparing)
    return home
  }

  return {
    isOpen: () => open,
    close,
    closedBecause: () => (open ? undefined : (refusedBecause(redis) ?? reason ?? 'closed')),
    refusal: () => ({ unsafe: fitness.unsafe, foreign }),
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
