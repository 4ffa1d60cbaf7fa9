import type { Live } from './live.ts'
import type { LiveChannel } from './ports.ts'

export type AnnounceDeps = Readonly<{
  live: Pick<Live, 'reload'>
  /** Absent without Redis. */
  channel?: Pick<LiveChannel, 'announce'>
  /** How long the processes have to say that they follow. */
  deadlineMs: number
  /** How long caches in front may still answer with what was before. */
  settleMs: number
  sleep(ms: number): Promise<void>
}>

/** What became of a change: `live` means that every process is known to have it, and caches have let go of the old. */
export type InForce = Readonly<{ version: number; live: boolean; processes: number }>

/** Brings a version that was just stored into force everywhere. Never rejects: whoever missed it finds it by looking. */
export async function announceChange(deps: AnnounceDeps, version: number): Promise<InForce> {
  const here = await deps.live.reload().then(
    (found) => found >= version,
    () => false,
  )
  const alone = { version, live: false, processes: here ? 1 : 0 }
  if (!deps.channel) return alone
  try {
    const { listening, following } = await deps.channel.announce(version, deps.deadlineMs)
    const live = here && following > 0 && following >= listening
    if (live) await deps.sleep(deps.settleMs)
    return { version, live, processes: following }
  } catch {
    return alone
  }
}
