import { configOrExit, exitIfRefused, listenOn, listenOrExit, tellWeaknesses, untilAsked } from './entry.ts'
import { pathOf } from './http/request/target.ts'
import { cameThroughProxy } from './http/request/through-proxy.ts'
import { createLog } from './log.ts'
import { wireWorker } from './wiring/worker.ts'

/** Is it alive, and its figures, for our own network: nothing for who came through a proxy. */
async function answer(request: Request): Promise<Response> {
  const path = pathOf(request.url)
  const isMetrics = path === '/metrics' && !cameThroughProxy(request.headers)
  if (path !== '/livez' && !isMetrics) return new Response('not found', { status: 404 })
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return new Response('method not allowed', { status: 405, headers: { allow: 'GET, HEAD' } })
  if (!isMetrics) return new Response('ok')
  return new Response(await worker.scrape(), { headers: { 'content-type': 'text/plain; version=0.0.4' } })
}

const config = configOrExit()
const log = createLog({ level: config.logLevel, process: 'worker' })
tellWeaknesses(config, log)
const worker = await wireWorker(config, log)
exitIfRefused(worker.refusal())
const server = listenOrExit('WORKER_PORT', config.workerPort, () =>
  Bun.serve({ port: config.workerPort, ...listenOn(config), fetch: answer }),
)
log.info('worker.ready', { port: server.port, concurrency: config.workerConcurrency })
untilAsked(log, async () => {
  log.info('worker.draining')
  await worker.stop()
  await server.stop(true)
  log.info('worker.stopped')
})
