import { join } from 'node:path'
import { untilCalm } from './cpu.ts'
import type { GeneratorResult } from './generator.ts'
import { closedLoop, ownGenerator } from './load.ts'
import type { LoadShape } from './measure.ts'
import type { Stage } from './stage.ts'
import { postPlans } from './subjects.ts'

/** The bare handler, the same that forces a line to the disk for each group of submissions, and the line. */
type OpenSubject = 'a' | 'as' | 'b'

/** What visitors met who came at a given rate whatever the answers did. */
export type OpenLoop = Readonly<{
  subject: OpenSubject
  /** Of what the line can do with this generator. */
  share: number
  offeredPerSecond: number
  acceptedPerSecond: number
  refusedPerSecond: number
  unanswered: number
  p50Ms: number
  p95Ms: number
  p99Ms: number
  /** From the moment the request was sent, not from when its visitor came. */
  sentP99Ms: number
  refusedSentP99Ms: number
  /** How much later than due the generator sent. */
  lateP99Ms: number
}>

/** At which the slowest answers tell most: the line still keeps up, with little to spare. */
export const shareOfTail = 0.8
const shares = [0.5, shareOfTail, 2] as const
const connectionsAtCapacity = 2_048
// More visitors at once than the line answers in a moment; its waiting room holds them.
const connectionsBeyond = 10_000

/** Latency of the line and of bare handlers at the same rates: shares of what the line does with this generator. */
export async function measureOpenLoop(
  stage: Stage,
  shape: LoadShape,
): Promise<{ capacityPerSecond: number; loads: OpenLoop[] }> {
  await stage.wipe()
  const bare = await stage.start(postPlans.a)
  const synced = await stage.start({
    ...postPlans.a,
    env: { BENCH_JOURNAL: join(stage.folder, 'journal') },
  })
  const line = await stage.start(postPlans.b)
  const all = [
    { subject: 'a', origin: bare.origin },
    { subject: 'as', origin: synced.origin },
    { subject: 'b', origin: line.origin },
  ] as const
  try {
    const { seconds, connections } = shape
    for (const { origin } of all)
      await closedLoop({
        url: `${origin}/api/leads`,
        run: shape.nextRun(),
        seconds: shape.warmUpSeconds,
        connections,
      })
    const most = await ownGenerator({ origin: line.origin, run: shape.nextRun(), seconds, connections })
    const capacityPerSecond = (most.requests - most.refused) / (most.durationUs / 1e6)
    const loads: OpenLoop[] = []
    for (const share of shares)
      for (const { subject, origin } of all) {
        const perSecond = Math.round(capacityPerSecond * share)
        await untilCalm(shape.calmSeconds * 1000)
        const load = await ownGenerator({
          origin,
          run: shape.nextRun(),
          seconds,
          connections: share > 1 ? connectionsBeyond : connections,
          perSecond,
          connectionsMax: share > 1 ? connectionsBeyond : connectionsAtCapacity,
        })
        loads.push(openLoopOf(subject, share, perSecond, load))
      }
    return { capacityPerSecond, loads }
  } finally {
    for (const each of [bare, synced, line]) await each.stop()
  }
}

function openLoopOf(
  subject: OpenSubject,
  share: number,
  offeredPerSecond: number,
  load: GeneratorResult,
): OpenLoop {
  const seconds = load.durationUs / 1e6
  return {
    subject,
    share,
    offeredPerSecond,
    acceptedPerSecond: (load.requests - load.refused) / seconds,
    refusedPerSecond: load.refused / seconds,
    unanswered: load.broken,
    p50Ms: load.p50Us / 1000,
    p95Ms: load.p95Us / 1000,
    p99Ms: load.p99Us / 1000,
    sentP99Ms: load.sentP99Us / 1000,
    refusedSentP99Ms: load.refusedSentP99Us / 1000,
    lateP99Ms: load.lateP99Us / 1000,
  }
}
