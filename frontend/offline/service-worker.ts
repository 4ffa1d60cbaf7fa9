import { proveBy } from '../api/challenge.ts'
import { apiOrigin } from '../api/origin.ts'
import { createSend } from '../api/send.ts'
import { solveNatively } from '../challenge/solve-natively.ts'
import { turnName } from '../outbox/turn.ts'
import { isFile, keepSeen, openFile, openPage } from './kept-page.ts'
import { allMirrored, forget, goOn, readMirrored } from './mirror.ts'
import { sendKept } from './send-kept.ts'
import { syncTag } from './work-offline.ts'

// The types of a service worker and those of a page cannot both be loaded.
type Lasting = Event & Readonly<{ waitUntil(work: Promise<unknown>): void }>
type Asked = Lasting &
  Readonly<{
    request: Request
    preloadResponse: Promise<Response | undefined>
    respondWith(answer: Promise<Response>): void
  }>
type Page = Readonly<{ postMessage(message: unknown): void }>
const scope = globalThis as unknown as Readonly<{
  skipWaiting(): Promise<void>
  registration: Readonly<{ navigationPreload?: { enable(): Promise<void> } }>
  clients: Readonly<{ matchAll(options: { includeUncontrolled: boolean }): Promise<readonly Page[]> }>
}>
const listen = <E extends Event>(type: string, hear: (event: E) => void) =>
  addEventListener(type, hear as (event: Event) => void)

// A new release is the one that answers, whatever pages are open.
listen<Lasting>('install', (event) => event.waitUntil(scope.skipWaiting()))
listen<Lasting>('activate', (event) =>
  // The page is asked for while this starts.
  event.waitUntil(Promise.resolve(scope.registration.navigationPreload?.enable())),
)

listen<Asked>('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== location.origin) return
  if (request.mode === 'navigate')
    event.respondWith(openPage(request, fromNetwork(event), (work) => event.waitUntil(work.catch(() => {}))))
  else if (isFile(pathname)) event.respondWith(openFile(request))
})

async function fromNetwork({ request, preloadResponse }: Asked): Promise<Response> {
  return (await preloadResponse) ?? fetch(request)
}

listen<MessageEvent & Lasting>('message', (event) => event.waitUntil(keepSeen(event.data).catch(() => {})))

const api = { fetch: fetch.bind(globalThis), baseUrl: apiOrigin, isOnline: () => navigator.onLine }
const send = createSend({ ...api, prove: () => proveBy(api, solveNatively), needsProof: false })

listen<Lasting & { tag: string }>('sync', (event) => {
  if (event.tag !== syncTag) return
  event.waitUntil(sendAll())
})

/** @throws Error where something is left, for the browser to come back with it later. */
async function sendAll(): Promise<void> {
  const isDone = await sendKept({
    all: allMirrored,
    read: readMirrored,
    goOn,
    forget,
    send,
    inTurn: (key, work) => navigator.locks.request(turnName(key), work),
    async tell(entry) {
      for (const page of await scope.clients.matchAll({ includeUncontrolled: true })) page.postMessage(entry)
    },
    now: Date.now,
  })
  if (!isDone) throw new Error('later')
}
