import { expect, test } from 'bun:test'
import { createTracker, type TrackerDeps } from './track.ts'

function tracking(deps: Partial<TrackerDeps> = {}) {
  const sent: unknown[] = []
  const timers: (() => void)[] = []
  const tracker = createTracker({
    beacon: (body) => sent.push(JSON.parse(body)) > 0,
    shared: { variant: 'hero.b' },
    isHidden: () => false,
    later: (run) => void timers.push(run),
    ...deps,
  })
  return { tracker, sent, timers }
}

test('events of one second go out together, each with what the page view shares', () => {
  const { tracker, sent, timers } = tracking()
  tracker.track({ event_type: 'page_view' })
  tracker.track({ event_type: 'web_vital_lcp', value: 812.5 })
  expect(sent).toEqual([])
  expect(timers).toHaveLength(1)
  timers[0]!()
  expect(sent).toEqual([
    {
      events: [
        { variant: 'hero.b', event_type: 'page_view' },
        { variant: 'hero.b', event_type: 'web_vital_lcp', value: 812.5 },
      ],
    },
  ])
})

test('leaving the page sends what is noted, and nothing twice', () => {
  const { tracker, sent, timers } = tracking()
  tracker.track({ event_type: 'page_view' })
  tracker.flush()
  tracker.flush()
  timers[0]!()
  expect(sent).toHaveLength(1)
})

test('what is noted while the page is being left goes out at once', async () => {
  const { tracker, sent, timers } = tracking({ isHidden: () => true })
  tracker.track({ event_type: 'web_vital_cls', value: 0 })
  tracker.track({ event_type: 'web_vital_inp', value: 24 })
  await Promise.resolve()
  expect(timers).toEqual([])
  expect(sent).toMatchObject([{ events: [{ value: 0 }, { value: 24 }] }])
})

test('a browser that sends no beacons disturbs nobody', () => {
  const { tracker, timers } = tracking({
    beacon: () => {
      throw new TypeError('navigator.sendBeacon is not a function')
    },
  })
  tracker.track({ event_type: 'page_view' })
  expect(() => timers[0]!()).not.toThrow()
  expect(() => tracker.flush()).not.toThrow()
})

test('a batch is never larger than the API takes', () => {
  const { tracker, sent } = tracking()
  for (let click = 0; click < 80; click++) tracker.track({ event_type: 'cta_click' })
  tracker.flush()
  expect((sent as { events: unknown[] }[])[0]!.events).toHaveLength(50)
})
