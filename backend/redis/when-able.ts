import type { Redis } from 'ioredis'
import { withDeadline } from '../deadline.ts'
import { growingPause } from '../growing-pause.ts'
import { errorFields, type Log } from '../log.ts'
import { tiringLog } from '../tiring-log.ts'
import { refusedBecause } from './connection.ts'
import { type Fitness, fitnessOf } from './fitness.ts'
import type { RunningWorker } from './worker.ts'

export type WhenAbleOptions = Readonly<{
  /** From `redisForCommands`; this connects it. */
  redis: Redis
  /** In production a Redis that may forget is not worked for, and one whose settings cannot be read neither. */
  demanding: boolean
  start(): RunningWorker
  log: Log
}>

export type WaitingWorker = RunningWorker &
  Readonly<{
    /** What was found at the first look; empty when Redis was away. */
    first: Promise<Fitness>
    /** Why it does nothing although Redis answers, as a sentence. */
    idleBecause(): string | undefined
  }>

const awayPauseMs = 500
const fitnessDeadlineMs = 5_000
const unablePauseMsMax = 30_000

/**
 * Starts work once this Redis lets its user do it. Until then it looks again, after pauses that grow: BullMQ itself would
 * try at once, again and again, and nothing else would get its turn.
 */
export function startWhenAble(options: WhenAbleOptions): WaitingWorker {
  const { redis, demanding, start } = options
  const log = tiringLog(options.log)
  const stopping = Promise.withResolvers<void>()
  const first = Promise.withResolvers<Fitness>()
  let stopped = false
  let running: RunningWorker | undefined
  let because: string | undefined

  async function waitUntilAble(): Promise<void> {
    const pause = growingPause(awayPauseMs, unablePauseMsMax)
    for (let looks = 0; !stopped; looks++) {
      let pauseMs = awayPauseMs
      try {
        if (looks === 0) await redis.connect()
        const fitness = await withDeadline(
          fitnessOf(redis, demanding),
          fitnessDeadlineMs,
          'trying what Redis may do',
        )
        first.resolve(fitness)
        // Whoever asked for the first look ends the process.
        if (demanding && looks === 0 && fitness.unsafe) return
        because = fitness.unable
        if (because === undefined) {
          if (!stopped) running = start()
          return
        }
        log.error('redis.unable', { because })
        pauseMs = pause.next()
      } catch (error) {
        first.resolve({})
        because = undefined
        // The connection tells that it was lost.
        if (redis.status === 'ready') log.warn('redis.away', errorFields(error))
      }
      await Promise.race([stopping.promise, Bun.sleep(pauseMs)])
    }
  }
  const waiting = waitUntilAble()

  return {
    first: first.promise,
    idleBecause: () => because ?? refusedBecause(redis),
    async stop() {
      stopped = true
      stopping.resolve()
      // A look that hangs ends with its connection.
      if (!running) redis.disconnect()
      await waiting
      await running?.stop()
    },
  }
}
