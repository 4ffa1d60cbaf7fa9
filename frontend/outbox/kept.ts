import type { LeadOutcome, Setback, Submission } from '../api/leads.ts'

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
export function createShelf(storage: Storage | undefined): Shelf {
  const inPage = new Map<string, KeptOrEnded>()
  const stored = (key: string) => parse(storage?.getItem(prefix + key))
  return {
    read: (key) => stored(key) ?? inPage.get(key),
    write(entry) {
      inPage.set(entry.key, entry)
      try {
        storage?.setItem(prefix + entry.key, JSON.stringify(entry))
      } catch {
        // An older version of it would be believed, and sent by the next page.
        storage?.removeItem(prefix + entry.key)
      }
    },
    remove(key) {
      inPage.delete(key)
      storage?.removeItem(prefix + key)
    },
    all() {
      const found = new Map(inPage)
      for (let at = 0; at < (storage?.length ?? 0); at++) {
        const key = keyOfItem(storage!.key(at))
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

function parse(text: string | null | undefined): KeptOrEnded | undefined {
  try {
    const entry = JSON.parse(text ?? '')
    const isWhole = typeof entry.key === 'string' && (typeof entry.phone === 'string' || entry.ending?.kind)
    return isWhole ? entry : undefined
  } catch {
    return undefined
  }
}
