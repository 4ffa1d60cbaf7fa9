import { apiOrigin } from '../api/origin.ts'
import { spare } from '../spare.ts'
import type { PageView } from './page-view.ts'

const waitsMs = [2_000, 10_000, 60_000]

/** Runs once the page is opened: browsers draw pages in advance, for visitors who may never come. */
export function whenOpened(run: () => void): void {
  if (spare(() => 'prerendering' in document && document.prerendering, false))
    document.addEventListener('prerenderingchange', run, { once: true })
  else run()
}

/**
 * Runs once the API knows the visitor. It was not told of one when the page was loaded ahead: that says so itself, as soon
 * as somebody looks at it.
 */
export function whenKnown(view: PageView, run: () => void): void {
  const { ahead: word, language } = view
  if (!word) {
    run()
    return
  }
  const body = JSON.stringify({
    word,
    language,
    url: location.href,
    referrer: spare(() => document.referrer, ''),
  })
  const tell = async (attempt = 0) => {
    const isTold = await fetch(`${apiOrigin}/api/shown`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
      keepalive: true,
    }).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isTold) run()
    else if (attempt < waitsMs.length) setTimeout(tell, waitsMs[attempt], attempt + 1)
  }
  const whenLookedAt = () => {
    if (spare(() => document.visibilityState, 'visible') === 'hidden') return
    document.removeEventListener('visibilitychange', whenLookedAt)
    tell()
  }
  document.addEventListener('visibilitychange', whenLookedAt)
  whenLookedAt()
}
