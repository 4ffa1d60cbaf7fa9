import { setTimeout as sleep } from 'node:timers/promises'
import { growingPause } from '../growing-pause.ts'

const firstPauseMs = 100
const pauseMsMax = 5_000

/**
 * Does work again until it succeeds, so that an outage of any length never uses up a job. `onWait` is told of each
 * failure and of the pause after it.
 * @throws what the work threw, once `signal` aborts: a worker that stops puts its job back.
 */
export async function untilStored<T>(
  work: () => Promise<T>,
  options: Readonly<{ signal: AbortSignal; onWait(error: unknown, pauseMs: number): void }>,
): Promise<T> {
  const pause = growingPause(firstPauseMs, pauseMsMax)
  for (;;) {
    try {
      return await work()
    } catch (error) {
      const pauseMs = pause.next()
      options.onWait(error, pauseMs)
      if (options.signal.aborted) throw error
      // Rejects when the worker is stopping; the next round is then the last.
      await sleep(pauseMs, undefined, { signal: options.signal }).catch(() => {})
    }
  }
}
