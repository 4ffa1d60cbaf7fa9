import { errorFields, type Log } from '../log.ts'
import type { MediaStore } from '../media/ports.ts'

const firstWaitMs = 1_000
const longestWaitMs = 30_000

/**
 * Makes the bucket as soon as the storage can be reached, however long that takes; nobody waits for it.
 * Says once that it is waiting, and once that the bucket is there.
 */
export function setupWhenReachable(media: Pick<MediaStore, 'setup'>, log: Log): Readonly<{ stop(): void }> {
  let timer: ReturnType<typeof setTimeout> | undefined
  let stopped = false

  const attempt = async (nextWaitMs: number) => {
    try {
      const outcome = await media.setup()
      log.info('media.ready', { bucket: outcome })
    } catch (error) {
      if (nextWaitMs === firstWaitMs) log.warn('media.not_ready', errorFields(error))
      if (!stopped) timer = setTimeout(attempt, nextWaitMs, Math.min(nextWaitMs * 2, longestWaitMs))
    }
  }
  void attempt(firstWaitMs)

  return {
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
