import { Elysia } from 'elysia'

export type MetricsDeps = Readonly<{ scrape(): Promise<string> }>

/** What Prometheus reads. nginx does not route it to the public. */
export function metricsRoutes(deps: MetricsDeps) {
  return new Elysia().get(
    '/metrics',
    async () =>
      new Response(await deps.scrape(), {
        headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
      }),
    { detail: { hide: true } },
  )
}
