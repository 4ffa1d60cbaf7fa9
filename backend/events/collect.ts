import { type CommitDeps, commitBatch } from '../batching/commit-batch.ts'
import { createGroupCommit } from '../batching/group-commit.ts'
import { batchId, perBatchMax } from '../batching/ids.ts'
import type { Device } from '../words/device.ts'
import type { WordReader } from '../words/reader.ts'
import { isVisitorId } from '../words/visitor-id.ts'
import { type EventDetails, type EventRecords, exposureRecord } from './event.ts'
import type { EventBatch } from './ports.ts'

export type EventCollectorDeps = CommitDeps<EventBatch, void> &
  Readonly<{
    words: WordReader
    isBot(userAgent: string | null): boolean
    deviceOf(userAgent: string | null): Device | undefined
    nowMs(): number
    randomBytes(): Uint8Array
    /** Told of exposures that were not kept. */
    onExposureLost(): void
  }>

/** What the server showed to a visitor for the first time. */
export type Exposure = Readonly<{
  visitorId: string
  word: string
  userAgent: string | null
  details: EventDetails
}>

export type EventCollector = Readonly<{
  /**
   * Keeps events. When it resolves they are durable.
   * @throws Problem `unavailable` when no store could take them; then nothing was promised.
   */
  collect(events: EventRecords): Promise<unknown>
  /** Records an exposure without anybody waiting for it; past a bound, or with no store at hand, it is lost and counted. */
  exposed(exposure: Exposure): void
  waiting(): number
  idle(): Promise<void>
}>

// One commit in flight: nobody waits for the answer to an event, and larger commits cost less for each.
const inFlightMax = 1
const gapMs = 4
// A batch has so many places. Each event counts at least this many bytes, so that the size bounds the count as well.
const eventBytesLeast = 64
const bytesPerCommitMax = perBatchMax * eventBytesLeast
const requestsPerCommitMax = 2_048
const waitingMax = 16_384
// Nobody waits for an exposure, and a commit costs as much as some hundreds of them. In a longer gap more would come than
// one commit takes.
const exposuresGapMs = 20
const refusal = 'Events cannot be kept just now. Try again in a moment.'
// Events of visitors who wait go before exposures, which come in the crowd of a TV spot.
const waitingMaxForExposures = waitingMax / 2

/** Builds the collector of the events of one process: group commit, ids, and the way through Postgres when Redis is closed. */
export function createEventCollector(deps: EventCollectorDeps): EventCollector {
  const room = { taken: 0 }
  const groupEvery = (atLeastMs: number) =>
    createGroupCommit<EventRecords, unknown>({
      async commit(items) {
        await commitBatch(deps, compose(deps, items), refusal)
        return items
      },
      sizeOf: ({ records, count }) => records.length + count * eventBytesLeast,
      itemsMax: requestsPerCommitMax,
      sizeMax: bytesPerCommitMax,
      inFlightMax,
      gapMs: atLeastMs,
      ...{ waitingMax, room },
    })
  const events = groupEvery(gapMs)
  const exposures = groupEvery(exposuresGapMs)

  return {
    collect: events.join,
    exposed({ visitorId, word, userAgent, details }) {
      if (room.taken >= waitingMaxForExposures || !isVisitorId(visitorId)) {
        deps.onExposureLost()
        return
      }
      const bot = deps.isBot(userAgent)
      const records = exposureRecord({
        ...{ visitorId, word: deps.words.known(word), bot, details },
        device: deps.deviceOf(userAgent),
      })
      exposures.join({ records, count: 1 }).catch(deps.onExposureLost)
    },
    waiting: () => room.taken,
    async idle() {
      await Promise.all([events.idle(), exposures.idle()])
    },
  }
}

function compose(deps: EventCollectorDeps, items: readonly EventRecords[]): EventBatch {
  let records = items[0]!.records
  for (let index = 1; index < items.length; index++) records += `\n${items[index]!.records}`
  return { id: batchId(deps.nowMs(), deps.randomBytes()), records }
}
