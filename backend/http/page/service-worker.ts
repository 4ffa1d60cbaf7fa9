import { contentTypeOf } from '../static/content-type.ts'
import { type StaticAnswer, staticAnswer } from '../static/static-answer.ts'
import type { PageOrigins } from './headers.ts'

/** The service worker of the page. Browsers know it again by this address, so it never changes. */
export const serviceWorkerPath = 'sw.js'

/** Asked for anew each time, so that a release, or the end of it, reaches whoever comes. It runs nothing but itself. */
export function serviceWorkerAnswer(
  body: Uint8Array<ArrayBuffer>,
  { connect = [] }: PageOrigins = {},
): StaticAnswer {
  return staticAnswer({
    body,
    contentType: contentTypeOf(serviceWorkerPath),
    headers: {
      'cache-control': 'no-cache',
      'content-security-policy': `default-src 'none'; connect-src ${["'self'", ...connect].join(' ')}`,
    },
  })
}

/**
 * In place of the worker where it is switched off or not there: a browser keeps the one it has when it finds nothing. It
 * takes away what was kept of the page, and then itself.
 */
export const lastServiceWorker = serviceWorkerAnswer(
  new TextEncoder().encode(`addEventListener('install', () => skipWaiting())
addEventListener('activate', (event) =>
  event.waitUntil(caches.delete('landfast-page').then(() => registration.unregister())),
)
`),
)
