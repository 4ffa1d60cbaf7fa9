export type TurnDeps = Readonly<{
  /** Missing on plain http. */
  locks?: Pick<LockManager, 'request'>
  storage?: Storage
  now: () => number
  /** Differs from tab to tab. */
  tab: string
}>

// Longer than an attempt may take, so that a lease only runs out when its tab is gone.
const leaseMs = 30_000

/**
 * Does the work unless another tab is at it, and says whether it did. Where the browser has no locks, a lease in
 * `localStorage` makes two tabs at once unlikely; should it happen, the key they share keeps it one submission.
 */
export async function inTurn(deps: TurnDeps, key: string, work: () => Promise<void>): Promise<boolean> {
  const name = `landfast.turn.${key}`
  if (!deps.locks) return underLease(deps, name, work)
  try {
    return await deps.locks.request(name, { ifAvailable: true }, async (lock) => {
      if (lock) await work()
      return lock !== null
    })
  } catch {
    // A frame that is granted no locks.
    return underLease(deps, name, work)
  }
}

async function underLease(
  { storage, now, tab }: TurnDeps,
  name: string,
  work: () => Promise<void>,
): Promise<boolean> {
  const [holder, untilMs] = storage?.getItem(name)?.split(' ') ?? []
  if (holder && holder !== tab && Number(untilMs) > now()) return false
  try {
    storage?.setItem(name, `${tab} ${now() + leaseMs}`)
  } catch {
    // A full disk: nothing is kept there that another tab could send.
  }
  try {
    await work()
  } finally {
    storage?.removeItem(name)
  }
  return true
}
