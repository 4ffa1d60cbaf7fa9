import type { Device } from './device.ts'

export type TurnDeps = Readonly<{
  /** Missing on plain http. */
  locks?: Pick<LockManager, 'request'>
  device: Device
  now: () => number
  later: (run: () => void, waitMs: number) => () => void
  /** Differs from tab to tab. */
  tab: string
}>

// Longer than an attempt may take, so that a lease only runs out when its tab is gone.
const leaseMs = 30_000
// Whether a lock is free is known at once: one that has not said so by now never will.
const lockWaitMs = 2_000

/**
 * Does the work unless another tab is at it, and says whether it did. Where the browser has no locks, or they fail, a
 * lease on the device makes two tabs at once unlikely; should it happen, the key they share keeps it one submission.
 */
export async function inTurn(deps: TurnDeps, key: string, work: () => Promise<void>): Promise<boolean> {
  const name = turnName(key)
  const { locks } = deps
  if (!locks) return underLease(deps, name, work)
  return (await underLock({ ...deps, locks }, name, work)) ?? underLease(deps, name, work)
}

/** The name of the lock under which a submission is sent. */
export const turnName = (key: string): string => `landfast.turn.${key}`

/** Undefined: no lock says anything. */
function underLock(
  { locks, later }: TurnDeps & Readonly<{ locks: NonNullable<TurnDeps['locks']> }>,
  name: string,
  work: () => Promise<void>,
): Promise<boolean | undefined> {
  return new Promise((resolve) => {
    let isDecided = false
    const giveUp = () => {
      isDecided = true
      resolve(undefined)
    }
    const takeBack = later(giveUp, lockWaitMs)
    const decide = async (lock: Lock | null) => {
      takeBack()
      if (isDecided) return
      isDecided = true
      // Should it fail, what it was to send is still kept, and tried again.
      if (lock) await work().catch(() => {})
      resolve(lock !== null)
    }
    // Also a frame that is granted no locks.
    new Promise((done) => done(locks.request(name, { ifAvailable: true }, decide))).catch(() => {
      takeBack()
      if (!isDecided) giveUp()
    })
  })
}

async function underLease(
  { device, now, tab }: TurnDeps,
  name: string,
  work: () => Promise<void>,
): Promise<boolean> {
  const [holder, until] = device.read(name)?.split(' ') ?? []
  const leftMs = Number(until) - now()
  // None lasts longer than a lease: the clock was put back.
  if (holder && holder !== tab && leftMs > 0 && leftMs <= leaseMs) return false
  device.write(name, `${tab} ${now() + leaseMs}`)
  try {
    await work()
  } finally {
    device.remove(name)
  }
  return true
}
