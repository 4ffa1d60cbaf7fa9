import { apiOrigin } from '../api/origin.ts'
import { createTracker } from '../events/track.ts'
import { spare } from '../spare.ts'
import type { Attribution } from './attribution.ts'
import type { PageView } from './page-view.ts'
import { whenLoaded } from './when-loaded.ts'

const callsToAction = 'a[href="#estimate"], a[href^="tel:"]'

/**
 * Tells the API of this page view and what comes of it, but for the form, of which the API knows more. Of an operator's
 * preview, nothing; nor of a page that stands on another origin, where the API has no cookie to know a visitor by.
 */
export function startPageEvents(view: PageView, attribution: Attribution): void {
  if (view.preview || apiOrigin !== '') return
  const tracker = createTracker({
    beacon: (body) => spare(() => navigator.sendBeacon('/api/e', body), false) || sendAnyhow(body),
    shared: { variant: view.word, url: location.pathname, attribution },
    isHidden: () => document.visibilityState === 'hidden',
    later: setTimeout,
  })
  tracker.track({ event_type: 'page_view' })
  window.addEventListener('click', ({ target }) => {
    if ((target as Element).closest?.(callsToAction)) tracker.track({ event_type: 'cta_click' })
  })
  window.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && tracker.flush())
  window.addEventListener('pagehide', tracker.flush)
  if (Math.random() * 100 < Number(view.flags.web_vitals_percent ?? 100))
    whenLoaded(() =>
      import('../events/vitals.ts').then(({ measureVitals }) => measureVitals(tracker)).catch(() => {}),
    )
}

/** Where a browser has no beacons, or will take no more of them. */
function sendAnyhow(body: string): boolean {
  fetch('/api/e', { method: 'POST', body, keepalive: true }).catch(() => {})
  return true
}
