import { announceChange } from '../live/announce-change.ts'
import { createLive, type LiveDeps } from '../live/live.ts'
import type { Log } from '../log.ts'
import type { Db } from '../postgres/connection.ts'
import { createLiveStore } from '../postgres/live-store.ts'
import { createLiveChannel } from '../redis/live-channel.ts'
import type { RedisForCommands } from './open.ts'

export type LiveOptions = Readonly<{
  db: Db
  /** Absent: changes are found by looking only. */
  cache: RedisForCommands | undefined
  pageExperiments: LiveDeps['pageExperiments']
  log: Log
}>

// A process that hears nothing of changes looks for them, and finds them while caches in front let go of the old page.
const pollEveryMs = 1_000
const settleMs = 2_000
const deadlineMs = 2_000

/** Flags and experiments as one API process has them, and how it changes them for all. */
export function wireLive({ db, cache, pageExperiments, log }: LiveOptions) {
  const store = createLiveStore(db)
  const channel = cache && createLiveChannel(cache, log)
  const live = createLive({
    store,
    channel,
    pageExperiments,
    pollEveryMs,
    onOdd: (names) =>
      log.warn('live.odd_rows', { names, because: 'they are as if nobody had set them: set them anew' }),
    onChange: (version) => log.info('live.changed', { version }),
  })
  return {
    live,
    editor: store,
    announce: (version: number) =>
      announceChange({ live, channel, deadlineMs, settleMs, sleep: (ms) => Bun.sleep(ms) }, version),
    stop(): void {
      live.stop()
      channel?.close()
    },
  }
}
