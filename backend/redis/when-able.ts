import type { Redis } from 'ioredis'
import { withDeadline } from '../deadline.ts'
import { growingPause } from '../growing-pause.ts'
import type { Installation } from '../leads/installation.ts'
import { errorFields, type Log } from '../log.ts'
import { tiringLog } from '../tiring-log.ts'
import { refusedBecause } from './connection.ts'
import { type Fitness, fitnessOf } from './fitness.ts'
import { type Home, homeOf } from './home.ts'
import type { RunningWorker } from './worker.ts'

export type WhenAbleOptions = Readonly<{
  /** From `redisForCommands`; this connects it. */
  redis: Redis
  /** In production a Redis that may forget is not worked for, and one whose settings cannot be read neither. */
  demanding: boolean
  /** Who we are; rejects while Postgres is away. For another installation's Redis no work is done. */
  installation(): Promise<Installation | undefined>
  /** May be called again, once what it started was stopped. */
  start(): RunningWorker
  log: Log
}>

type Found = Fitness & Pick<Home, 'foreign'>

export type WaitingWorker = RunningWorker &
  Readonly<{
    /** What was found at the first look; empty when Redis or Postgres was away. */
    first: Promise<Found>
    /** Whether this Redis is ours, and lets its user do what is needed. */
    isAtWork(): boolean
    /** Why it does nothing although Redis answers, as a sentence. */
    idleBecause(): string | undefined
  }>

const awayPauseMs = 500
const fitnessDeadlineMs = 5_000
const unablePauseMsMax = 30_000
// Also how long it takes to see that somebody put another Redis in the place of ours.
const lookAgainMs = 2_000

/**
 * Starts work once this Redis lets its user do it and is ours, and stops it while it is another's. Until then it looks
 * again, after pauses that grow: BullMQ itself would try at once, again and again, and nothing else would get its turn.
 */
export function startWhenAble(options: WhenAbleOptions): WaitingWorker {
  const { redis, demanding, installation } = options
  const log = tiringLog(options.log)
  const stopping = Promise.withResolvers<void>()
  const first = Promise.withResolvers<Found>()
  let stopped = false
  let working = false
  let because: string | undefined

  /** Rejects while it cannot be told. */
  async function look(): Promise<Found> {
    const looking = fitnessOf(redis, demanding)
    const fitness = await withDeadline(looking, fitnessDeadlineMs, 'trying what Redis may do')
    if (fitness.unable) return fitness
    return { ...fitness, foreign: (await homeOf(redis, installation)).foreign }
  }

  async function workWhileOurs(): Promise<void> {
    const running = options.start()
    working = true
    while (!stopped && because === undefined) {
      await Promise.race([stopping.promise, Bun.sleep(lookAgainMs)])
      // What cannot be told now is looked at again soon; and each job is looked at before it is done.
      if (!stopped) because = (await homeOf(redis, installation).catch(() => undefined))?.foreign
    }
    await running.stop()
    working = false
  }

  async function waitUntilAble(): Promise<void> {
    const pause = growingPause(awayPauseMs, unablePauseMsMax)
    for (let looks = 0; !stopped; looks++) {
      let pauseMs = awayPauseMs
      try {
        if (looks === 0) await redis.connect()
        const found = await look()
        first.resolve(found)
        // Whoever asked for the first look ends the process.
        if (demanding && looks === 0 && found.unsafe) return
        because = found.unable ?? found.foreign
        if (because === undefined && !stopped) {
          await workWhileOurs()
          pause.reset()
        }
        if (because !== undefined) {
          log.error('redis.unable', { because })
          pauseMs = pause.next()
        }
      } catch (error) {
        first.resolve({})
        because = undefined
        // The connection tells that it was lost.
        if (redis.status === 'ready') log.warn('worker.waits', errorFields(error))
      }
      await Promise.race([stopping.promise, Bun.sleep(pauseMs)])
    }
  }
  const waiting = waitUntilAble()

  return {
    first: first.promise,
    isAtWork: () => working,
    idleBecause: () => because ?? refusedBecause(redis),
    async stop() {
      stopped = true
      stopping.resolve()
      // A look that hangs ends with its connection.
      if (!working) redis.disconnect()
      await waiting
    },
  }
}
