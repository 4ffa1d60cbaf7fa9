/** What a page view can tell. `value` belongs to the measurements only. */
export type PageEvent = Readonly<{
  event_type: 'page_view' | 'cta_click' | 'web_vital_lcp' | 'web_vital_inp' | 'web_vital_cls'
  value?: number
}>

export type Tracker = Readonly<{
  /** Notes an event; it goes out within a second, or when the page is left. Never throws. */
  track(event: PageEvent): void
  /** Sends what is noted. */
  flush(): void
}>

export type TrackerDeps = Readonly<{
  /** Hands a body to the browser, which delivers it even when the page is gone; false when it will not. */
  beacon: (body: string) => boolean
  /** What each event of this page view carries: its variant, its campaign, its address. */
  shared: Readonly<Record<string, unknown>>
  isHidden: () => boolean
  later: (run: () => void, waitMs: number) => void
}>

const gatherMs = 1_000
// The API takes this many at once.
const batchMax = 50

/** Sends events in batches. They are lost rather than let anyone wait for them. */
export function createTracker({ beacon, shared, isHidden, later }: TrackerDeps): Tracker {
  let noted: PageEvent[] = []
  let isFlushComing = false

  const flush = () => {
    isFlushComing = false
    const events = noted.slice(0, batchMax).map((event) => ({ ...shared, ...event }))
    noted = []
    try {
      if (events.length > 0) beacon(JSON.stringify({ events }))
    } catch {
      // A browser without beacons, or one that blocks them.
    }
  }

  return {
    track(event) {
      noted.push(event)
      if (isFlushComing) return
      isFlushComing = true
      // What is measured when the page is left has no later.
      if (isHidden()) queueMicrotask(flush)
      else later(flush, gatherMs)
    },
    flush,
  }
}
