import { Elysia } from 'elysia'
import { nothingHere } from './known-problem.ts'
import { onlyReads, readsOnly } from './request/reads-only.ts'
import { cameThroughProxy } from './request/through-proxy.ts'

export type MetricsDeps = Readonly<{ scrape(): Promise<string> }>

/** What Prometheus reads, inside the network: no proxy passes it on. */
export function metricsRoutes(deps: MetricsDeps) {
  return new Elysia().all(
    '/metrics',
    async ({ request }) => {
      if (cameThroughProxy(request.headers)) throw nothingHere()
      onlyReads(request)
      return new Response(await deps.scrape(), {
        headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
      })
    },
    readsOnly,
  )
}
