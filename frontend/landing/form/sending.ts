import { apiOrigin } from '../../api/origin.ts'
import { createSend } from '../../api/send.ts'
import { prove } from '../../challenge/prove.ts'
import type { Device } from '../../outbox/device.ts'
import { createShelf, keyOfItem } from '../../outbox/kept.ts'
import { createOutbox, type Outbox } from '../../outbox/outbox.ts'
import { inTurn } from '../../outbox/turn.ts'
import { spare } from '../../spare.ts'

export type LineOptions = Readonly<{
  device: Device
  /** Submissions need a proof of work, as far as the page knows. The API may ask for one at any time. */
  needsProof: boolean
}>

const catchUpMaxMs = 2_000

/** The way of a submission from this page to the API: the outbox, and all that wakes it. */
export function startLine({ device, needsProof }: LineOptions): Outbox {
  const api = {
    fetch: fetch.bind(window),
    baseUrl: apiOrigin,
    isOnline: () => spare(() => navigator.onLine, true),
  }
  const tab = Math.random().toString(36).slice(2)

  const later = (run: () => void, waitMs: number) => {
    const timer = setTimeout(run, waitMs)
    return () => clearTimeout(timer)
  }

  const shelf = createShelf(device)
  // What an earlier page has left may have been sent without one.
  let caughtUp: Promise<unknown> | undefined
  const turn = { locks: spare(() => navigator.locks, undefined), device, now: Date.now, later, tab }

  const outbox = createOutbox({
    shelf,
    send: createSend({ ...api, prove: () => prove(api), needsProof }),
    async inTurn(key, work) {
      await caughtUp
      return inTurn(turn, key, work)
    },
    now: Date.now,
    elapsed: () => performance.now(),
    later,
    random: Math.random,
  })
  if (shelf.all().some((entry) => 'phone' in entry))
    caughtUp = Promise.race([
      import('../../offline/work-offline.ts').then(({ catchUp }) => catchUp(outbox)).catch(() => {}),
      new Promise((resolve) => later(() => resolve(undefined), catchUpMaxMs)),
    ])

  window.addEventListener('online', outbox.backOnline)
  window.addEventListener('pagehide', outbox.left)
  window.addEventListener('pageshow', ({ persisted }) => persisted && outbox.backInView())
  window.addEventListener(
    'visibilitychange',
    () => spare(() => document.visibilityState === 'visible', true) && outbox.backInView(),
  )
  window.addEventListener('storage', (event) => {
    const key = keyOfItem(event.key)
    if (key) outbox.changedElsewhere(key)
  })
  return outbox
}
