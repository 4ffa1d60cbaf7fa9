import { configOrExit, exitIfRefused, listenOn, listenOrExit, tellWeaknesses, untilAsked } from './entry.ts'
import { cameThroughProxy } from './http/request/through-proxy.ts'
import { createLog } from './log.ts'
import { wireWorker } from './wiring/worker.ts'

const notFound = () => new Response('not found', { status: 404 })

const config = configOrExit()
const log = createLog({ level: config.logLevel, process: 'worker' })
tellWeaknesses(config, log)
const worker = await wireWorker(config, log)
exitIfRefused(worker.refusal())
const server = listenOrExit('WORKER_PORT', config.workerPort, () =>
  Bun.serve({
    port: config.workerPort,
    ...listenOn(config),
    routes: {
      '/livez': new Response('ok'),
      '/metrics': async (request) =>
        cameThroughProxy(request.headers)
          ? notFound()
          : new Response(await worker.scrape(), { headers: { 'content-type': 'text/plain; version=0.0.4' } }),
    },
    fetch: notFound,
  }),
)
log.info('worker.ready', { port: server.port, concurrency: config.workerConcurrency })
untilAsked(log, async () => {
  log.info('worker.draining')
  await worker.stop()
  await server.stop(true)
  log.info('worker.stopped')
})
