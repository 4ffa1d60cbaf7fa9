import { growingPause } from '../growing-pause.ts'
import type { Installation } from '../leads/installation.ts'
import { errorFields, type Log } from '../log.ts'
import type { ObjectStorage } from './media.ts'

const firstWaitMs = 1_000
const longestWaitMs = 30_000

/**
 * Makes the bucket as soon as the storage can be reached, however long that takes; nobody waits for it. Without a key it
 * waits until somebody made it. Says once that it is waiting, once that the bucket is there, and whether it is another
 * installation's.
 */
export function setupWhenReachable(
  media: Pick<ObjectStorage, 'setup' | 'lookWhose'>,
  installation: () => Promise<Installation | undefined>,
  log: Log,
): Readonly<{ stop(): void }> {
  const pause = growingPause(firstWaitMs, longestWaitMs)
  let timer: ReturnType<typeof setTimeout> | undefined
  let stopped = false
  let isTold = false

  const attempt = async () => {
    try {
      const outcome = await media.setup()
      // Who may only read leaves no mark.
      const ours = await installation().catch(() => undefined)
      const foreign = ours && (await media.lookWhose(ours).catch(() => undefined))
      if (foreign) log.error('media.foreign', { because: foreign })
      else log.info('media.ready', { bucket: outcome })
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
