import type { LeadOutcome, Setback, Submission } from '../api/leads.ts'
import type { Device } from './device.ts'

/** A submission that the API has not answered for yet. */
export type Kept = Submission &
  Readonly<{
    keptAtMs: number
    attempts: number
    /** Not before this is it sent again. */
    dueAtMs: number
    /** How long that was from the attempt before. */
    waitMs?: number
    /** Why the last attempt did not get through; none before the first has ended. */
    setback?: Setback
  }>

/** How a submission ended: in the words of the API, too old to be sent, or replaced by another. */
export type Ending =
  | Exclude<LeadOutcome, { kind: 'again' | 'proof_required' }>
  | Readonly<{ kind: 'expired' | 'replaced' }>

/** What stays for the other tabs to read: how it ended, and nothing of what was typed. */
export type Ended = Readonly<{ key: string; ending: Ending; endedAtMs: number }>

export type KeptOrEnded = Kept | Ended

/** Where submissions are kept, each under its key. */
export type Shelf = Readonly<{
  read(key: string): KeptOrEnded | undefined
  write(entry: KeptOrEnded): void
  remove(key: string): void
  all(): readonly KeptOrEnded[]
  /** Whether it is on the device, and not only in this page. */
  isOnDevice(key: string): boolean
}>

const prefix = 'landfast.kept.'

/**
 * Keeps submissions in `localStorage`: it is written before the tap's handler returns, tells other tabs by itself, and
 * has nothing to open that could fail or keep the page out of the back-forward cache, as IndexedDB has. What it
 * refuses (a private window, a full disk) or loses (a visitor who clears it) is still in this page.
 */
export function createShelf(device: Device): Shelf {
  const inPage = new Map<string, KeptOrEnded>()
  // The device could not be brought to forget what it has of these.
  const onlyInPage = new Set<string>()
  const stored = (key: string) => (onlyInPage.has(key) ? undefined : parse(key, device.read(prefix + key)))
  return {
    read: (key) => stored(key) ?? inPage.get(key),
    write(entry) {
      inPage.set(entry.key, entry)
      if (device.write(prefix + entry.key, JSON.stringify(entry))) onlyInPage.delete(entry.key)
      else onlyInPage.add(entry.key)
    },
    remove(key) {
      inPage.delete(key)
      device.remove(prefix + key)
    },
    all() {
      const found = new Map(inPage)
      for (const name of device.names()) {
        const key = keyOfItem(name)
        const entry = key && stored(key)
        if (entry) found.set(entry.key, entry)
      }
      return [...found.values()]
    },
    isOnDevice: (key) => stored(key) !== undefined,
  }
}

/** The key of the submission whose item of `localStorage` this is. */
export function keyOfItem(name: string | null): string | undefined {
  return name?.startsWith(prefix) ? name.slice(prefix.length) : undefined
}

/** What was written of this submission. Anything else that stands in its place is nothing. */
function parse(key: string, text: string | undefined): KeptOrEnded | undefined {
  try {
    const entry = JSON.parse(text ?? '')
    if (entry.key !== key) return undefined
    const isKept =
      typeof entry.phone === 'string' &&
      typeof entry.fields === 'object' &&
      [entry.keptAtMs, entry.attempts, entry.dueAtMs].every(Number.isFinite)
    const isEnded = typeof entry.ending?.kind === 'string' && Number.isFinite(entry.endedAtMs)
    return isKept || isEnded ? entry : undefined
  } catch {
    return undefined
  }
}
