import type { Outbox } from '../outbox/outbox.ts'
import { allMirrored, forget, forgetAll, mirror } from './mirror.ts'

/** What the page and its service worker say to each other, and the name of the wish to send. */
export const workerPath = '/sw.js'
export const syncTag = 'landfast.outbox'
/** Of the page that is open: where it is, and the files it has loaded. */
export type PageSeen = Readonly<{ path: string; files: readonly string[] }>

// Chromium's, and unknown to TypeScript.
type WithSync = ServiceWorkerRegistration & Readonly<{ sync?: { register(tag: string): Promise<void> } }>

/** Learns what became of submissions while no page was there. */
export async function catchUp(outbox: Outbox): Promise<void> {
  for (const entry of await allMirrored()) {
    const isKept = outbox.adopt(entry)
    if ('ending' in entry || !isKept) await forget(entry.key)
  }
}

/**
 * Has a service worker open this page without a network, and send what is kept when nobody is there. A browser without
 * service workers, or that refuses them, does without; one without Background Sync sends when the visitor is back.
 */
export async function workOffline(outbox: Outbox, isWanted: boolean): Promise<void> {
  const workers = navigator.serviceWorker
  if (!workers) return
  await catchUp(outbox)
  if (!isWanted) {
    await forgetAll()
    // What is there in place of a worker that is not wanted ends the one that this browser has.
    return void (await (await workers.getRegistration())?.update())
  }
  await workers.register(workerPath)
  workers.addEventListener('message', ({ data }) => void outbox.adopt(data))
  const registration: WithSync = await workers.ready
  const files = performance.getEntriesByType('resource').map(({ name }) => name)
  registration.active?.postMessage({ path: location.pathname, files } satisfies PageSeen)
  const { sync } = registration
  if (!sync) return
  let doing: Promise<unknown> = Promise.resolve()
  // One after the other, so that what came last stands.
  outbox.watchKept((key, kept) => {
    doing = doing
      .then(() => (kept ? mirror(kept).then(() => sync.register(syncTag)) : forget(key)))
      .catch(() => {})
    return doing
  })
}
