import { Counter, type Registry } from 'prom-client'
import { fallbackReasons, type PageMetrics } from '../page/ports.ts'

/** Counts what becomes of visits to the page. */
export function createPageMetrics(registry: Registry): PageMetrics {
  let exposures = 0
  new Counter({
    name: 'page_exposures_total',
    help: 'Visitors who were given variants of the page',
    registers: [registry],
    collect() {
      this.reset()
      this.inc(exposures)
    },
  })
  const fallbacks = new Counter({
    name: 'page_fallback_renders_total',
    help: 'Pages that were not the ones experiments and flags ask for, by reason',
    labelNames: ['reason'],
    registers: [registry],
  })
  for (const reason of fallbackReasons) fallbacks.inc({ reason }, 0)
  return {
    exposed() {
      exposures++
    },
    fallback: (reason) => fallbacks.inc({ reason }),
  }
}
