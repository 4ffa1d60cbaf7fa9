import { type Metric, onCLS, onINP, onLCP } from 'web-vitals'
import type { Tracker } from './track.ts'

/** Measures how this visit felt. The figures are known when the page is left, and then noted as events. */
export function measureVitals({ track }: Tracker): void {
  const note =
    (event_type: 'web_vital_lcp' | 'web_vital_inp' | 'web_vital_cls') =>
    ({ value }: Metric) =>
      track({ event_type, value: Math.round(value * 1e4) / 1e4 })
  onLCP(note('web_vital_lcp'))
  onINP(note('web_vital_inp'))
  onCLS(note('web_vital_cls'))
}
