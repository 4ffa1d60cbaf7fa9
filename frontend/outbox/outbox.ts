import type { LeadOutcome, Setback, Submission } from '../api/leads.ts'
import { afterAttempt, ageByClock, keptMaxMs } from './after-attempt.ts'
import type { Ending, Kept, KeptOrEnded, Shelf } from './kept.ts'

/** What becomes of a submission, told again whenever it changes. */
export type News =
  | Readonly<{ kind: 'sending' }>
  /** Not through yet, and sent again by itself. */
  | Readonly<{ kind: 'kept'; setback: Setback; waitMs: number; onDevice: boolean }>
  | Readonly<{ kind: 'ended'; ending: Ending }>

export type OutboxDeps = Readonly<{
  shelf: Shelf
  send: (submission: Submission) => Promise<LeadOutcome>
  /** Does the work unless another tab is at it. */
  inTurn: (key: string, work: () => Promise<void>) => Promise<boolean>
  now: () => number
  /** Milliseconds since the page was opened, whatever is done to the clock meanwhile. */
  elapsed: () => number
  /** Runs it later; what it returns takes that back. */
  later: (run: () => void, waitMs: number) => () => void
  /** Between 0 and 1. */
  random: () => number
}>

/** What is on its way to the API. Each submission stays here until the API has answered for it. */
export type Outbox = Readonly<{
  /** Keeps the submission, then sends it at once. Again with the same key: sends what is kept. */
  submit(submission: Submission): void
  /** Sends it no more: the visitor has corrected it. */
  replace(key: string): void
  /** Leaves it unsent while the visitor is about to correct it in this tab. */
  hold(key: string): void
  /** The submission of this phone that is still on its way, from whichever tab. */
  onItsWay(phone: string): string | undefined
  /** Starts on what an earlier page left, and gives the newest of it, held if it is about to be corrected. */
  open(
    isBeingCorrected: (newest: Submission) => boolean,
  ): Readonly<{ submission: Submission; news: News; isHeld: boolean }> | undefined
  /** The network is back: sends what only waits for it. */
  backOnline(): void
  /** The page is back, from the background or the back-forward cache: as above, and tells what other tabs have done. */
  backInView(): void
  /** The page is being left. What comes from now on nobody would read here: the next page asks for it again. */
  left(): void
  /** Another tab has changed this submission. */
  changedElsewhere(key: string): void
  /** This became of a submission without a page. False: no such submission is kept here. */
  adopt(entry: KeptOrEnded): boolean
  watch(listener: (key: string, news: News) => void): () => void
  /** Tells what may be sent without this page, and each change of it. */
  watchKept(listener: KeptListener): void
}>

/** Without `kept` the submission may be sent by nobody else. What it returns is waited for before anybody else sends. */
type KeptListener = (key: string, kept: Kept | undefined) => unknown

const proofsAskedMax = 3
const endedMaxMs = 24 * 3_600_000
/** How soon to look whether the tab that is sending has got through, should its news not come. */
const otherTabWaitMs = 3_000

/** Sends what is on the shelf, again and again until the API has answered; nothing of it rejects. */
export function createOutbox(deps: OutboxDeps): Outbox {
  const { shelf } = deps
  const listeners = new Set<(key: string, news: News) => void>()
  let shareKept: KeptListener = () => undefined
  let sharing: unknown
  const sending = new Set<string>()
  const held = new Set<string>()
  const told = new Set<string>()
  const inOtherTab = new Map<string, number>()
  const bornAt = new Map<string, number>()
  const proofsAsked = new Map<string, number>()
  let isLeft = false
  let takeBackTimer = () => {}

  const tell = (key: string, news: News) => {
    told.add(key)
    for (const listener of listeners) listener(key, news)
    share(key)
  }

  const share = (key: string) => {
    sharing = shareKept(key, held.has(key) ? undefined : keptOf(key))
  }

  const keptOf = (key: string): Kept | undefined => {
    const entry = shelf.read(key)
    return entry && 'phone' in entry ? entry : undefined
  }

  const allKept = () => shelf.all().filter((entry): entry is Kept => 'phone' in entry)

  /** By the clock of the device when this page first saw it, by its own ever since: the one may be put right meanwhile. */
  function ageOf(kept: Kept): number {
    const born = bornAt.get(kept.key) ?? deps.elapsed() - ageByClock(kept, deps.now())
    bornAt.set(kept.key, born)
    return deps.elapsed() - born
  }

  function waitOf(kept: Kept): number {
    const waitMs = Math.max(kept.dueAtMs, inOtherTab.get(kept.key) ?? 0) - deps.now()
    // Longer than the wait that was set: the clock of the device was put back.
    return waitMs > Math.max(kept.waitMs ?? 0, otherTabWaitMs) ? 0 : waitMs
  }

  function newsOf(kept: Kept): News {
    if (!kept.setback || sending.has(kept.key)) return { kind: 'sending' }
    const waitMs = Math.max(0, waitOf(kept))
    return { kind: 'kept', setback: kept.setback, waitMs, onDevice: shelf.isOnDevice(kept.key) }
  }

  function end(key: string, ending: Ending): void {
    // Sent once more, it begins anew.
    bornAt.delete(key)
    shelf.write({ key, ending, endedAtMs: deps.now() })
    tell(key, { kind: 'ended', ending })
  }

  function wake({ isBackOnline = false } = {}): void {
    takeBackTimer()
    if (isLeft) return
    let soonestMs = Number.POSITIVE_INFINITY
    for (const kept of allKept()) {
      if (sending.has(kept.key) || held.has(kept.key)) continue
      if (ageOf(kept) > keptMaxMs) {
        end(kept.key, { kind: 'expired' })
        continue
      }
      const isUnreached = ['offline', 'unreachable', 'outdated'].includes(kept.setback ?? '')
      const waitMs = isBackOnline && isUnreached ? 0 : waitOf(kept)
      if (waitMs <= 0) attempt(kept.key)
      else soonestMs = Math.min(soonestMs, waitMs)
    }
    if (soonestMs < Number.POSITIVE_INFINITY) takeBackTimer = deps.later(() => wake(), soonestMs)
  }

  async function attempt(key: string): Promise<void> {
    const before = keptOf(key)
    sending.add(key)
    inOtherTab.delete(key)
    tell(key, { kind: 'sending' })
    const mine = await deps.inTurn(key, async () => {
      const kept = keptOf(key)
      // What another tab has just sent is not sent again.
      if (!kept || kept.dueAtMs !== before?.dueAtMs) return
      settle(kept, await deps.send(kept))
      // Whoever has the next turn finds what this one has made of it.
      await sharing
    })
    if (!mine) inOtherTab.set(key, deps.now() + otherTabWaitMs)
    sending.delete(key)
    retell(key)
  }

  function settle(sent: Kept, outcome: LeadOutcome): void {
    // It may have been corrected meanwhile.
    const kept = keptOf(sent.key)
    if (!kept || isLeft) return
    const keptAtMs = deps.now() - ageOf(kept)
    const isUnproven = outcome.kind === 'proof_required' && isAskedAgain(kept.key)
    const heard: LeadOutcome = isUnproven ? { kind: 'again', reason: 'outdated' } : outcome
    const entry = afterAttempt({ ...kept, keptAtMs }, heard, deps)
    if ('ending' in entry) end(kept.key, entry.ending)
    else {
      shelf.write(entry)
      share(kept.key)
    }
  }

  /** Asked for a proof time and again, the page makes none that the API takes. */
  function isAskedAgain(key: string): boolean {
    const times = (proofsAsked.get(key) ?? 0) + 1
    proofsAsked.set(key, times)
    return times >= proofsAskedMax
  }

  function retell(key: string): void {
    const entry = shelf.read(key)
    if (entry && 'ending' in entry) tell(key, { kind: 'ended', ending: entry.ending })
    else if (entry) tell(key, newsOf(entry))
    wake()
  }

  function forgetOldEndings(): void {
    for (const entry of shelf.all())
      if ('ending' in entry && Math.abs(deps.now() - entry.endedAtMs) > endedMaxMs) shelf.remove(entry.key)
  }

  return {
    submit(submission) {
      held.delete(submission.key)
      const before = keptOf(submission.key)
      const { setback, attempts = 0 } = before ?? {}
      const nowMs = deps.now()
      const keptAtMs = nowMs - (before ? ageOf(before) : 0)
      shelf.write({ ...submission, keptAtMs, attempts, setback, dueAtMs: nowMs })
      wake()
    },
    replace(key) {
      held.delete(key)
      if (keptOf(key)) end(key, { kind: 'replaced' })
    },
    hold(key) {
      held.add(key)
      share(key)
    },
    onItsWay: (phone) => allKept().find((kept) => kept.phone === phone)?.key,
    open(isBeingCorrected) {
      forgetOldEndings()
      const newest = allKept().sort((a, b) => b.keptAtMs - a.keptAtMs)[0]
      if (newest) told.add(newest.key)
      if (newest && isBeingCorrected(newest)) held.add(newest.key)
      wake({ isBackOnline: true })
      if (!newest) return undefined
      const { key, phone, fields } = newest
      const entry = shelf.read(key)
      const isOver = entry && 'ending' in entry
      return {
        submission: { key, phone, fields },
        news: isOver ? { kind: 'ended', ending: entry.ending } : newsOf(newest),
        isHeld: held.has(key),
      }
    },
    backOnline: () => wake({ isBackOnline: true }),
    backInView() {
      isLeft = false
      for (const key of told) retell(key)
      wake({ isBackOnline: true })
    },
    left() {
      isLeft = true
    },
    changedElsewhere(key) {
      // Whoever wrote it is about to send it.
      inOtherTab.set(key, deps.now() + otherTabWaitMs)
      retell(key)
    },
    adopt(entry) {
      const kept = keptOf(entry.key)
      if (!kept) return false
      if ('ending' in entry) end(entry.key, entry.ending)
      else if (entry.dueAtMs > kept.dueAtMs) {
        shelf.write(entry)
        retell(entry.key)
      }
      return true
    },
    watch(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    watchKept(listener) {
      shareKept = listener
      for (const { key } of allKept()) share(key)
    },
  }
}
