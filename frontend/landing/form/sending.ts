import { submitLead } from '../../api/leads.ts'
import { createShelf, keyOfItem } from '../../outbox/kept.ts'
import { createOutbox, type Outbox } from '../../outbox/outbox.ts'
import { inTurn } from '../../outbox/turn.ts'
import { apiOrigin } from '../origin.ts'

export type LineOptions = Readonly<{
  storage: Storage | undefined
  /** Submissions need a proof of work, as far as the page knows. The API may ask for one at any time. */
  needsProof: boolean
  /** The API has kept a submission. */
  onAccepted: () => void
}>

/** The way of a submission from this page to the API: the outbox, and all that wakes it. */
export function startLine({ storage, needsProof, onAccepted }: LineOptions): Outbox {
  const api = { fetch: fetch.bind(window), baseUrl: apiOrigin, isOnline: () => navigator.onLine }
  const tab = Math.random().toString(36).slice(2)
  // Nothing of it is fetched unless a proof is asked for.
  const prove = () =>
    import('../../challenge/prove.ts').then(
      ({ prove }) => prove(api),
      () => undefined,
    )

  const outbox = createOutbox({
    shelf: createShelf(storage),
    async send(submission) {
      let outcome = await submitLead(api, submission, needsProof ? await prove() : undefined)
      if (outcome.kind === 'proof_required') {
        needsProof = true
        outcome = await submitLead(api, submission, await prove())
      }
      if (outcome.kind === 'accepted') onAccepted()
      return outcome
    },
    inTurn: (key, work) => inTurn({ locks: navigator.locks, storage, now: Date.now, tab }, key, work),
    now: Date.now,
    later(run, waitMs) {
      const timer = setTimeout(run, waitMs)
      return () => clearTimeout(timer)
    },
    random: Math.random,
  })

  window.addEventListener('online', outbox.backOnline)
  window.addEventListener('pagehide', outbox.left)
  window.addEventListener('pageshow', ({ persisted }) => persisted && outbox.backInView())
  window.addEventListener(
    'visibilitychange',
    () => document.visibilityState === 'visible' && outbox.backInView(),
  )
  window.addEventListener('storage', (event) => {
    const key = keyOfItem(event.key)
    if (key) outbox.changedElsewhere(key)
  })
  return outbox
}
