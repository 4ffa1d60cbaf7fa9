import { growingPause } from '../growing-pause.ts'
import { errorFields, type Log } from '../log.ts'
import type { MediaStore } from '../media/ports.ts'

const firstWaitMs = 1_000
const longestWaitMs = 30_000

/**
 * Makes the bucket as soon as the storage can be reached, however long that takes; nobody waits for it.
 * Says once that it is waiting, and once that the bucket is there.
 */
export function setupWhenReachable(media: Pick<MediaStore, 'setup'>, log: Log): Readonly<{ stop(): void }> {
  const pause = growingPause(firstWaitMs, longestWaitMs)
  let timer: ReturnType<typeof setTimeout> | undefined
  let stopped = false
  let isTold = false

  const attempt = async () => {
    try {
      const outcome = await media.setup()
      log.info('media.ready', { bucket: outcome })
    } catch (error) {
      if (!isTold) log.warn('media.not_ready', errorFields(error))
      isTold = true
      if (!stopped) timer = setTimeout(attempt, pause.next())
    }
  }
  void attempt()

  return {
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
