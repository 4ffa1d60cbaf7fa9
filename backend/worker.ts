import { configOrExit, exitIfRefused, listenOn, listenOrExit, untilAsked } from './entry.ts'
import { createLog } from './log.ts'
import { wireWorker } from './wiring/worker.ts'

const config = configOrExit()
const log = createLog({ level: config.logLevel, process: 'worker' })
const worker = await wireWorker(config, log)
exitIfRefused(worker.refusal())
const server = listenOrExit('WORKER_PORT', config.workerPort, () =>
  Bun.serve({
    port: config.workerPort,
    ...listenOn(config),
    routes: {
      '/livez': new Response('ok'),
      '/metrics': async () =>
        new Response(await worker.scrape(), { headers: { 'content-type': 'text/plain; version=0.0.4' } }),
    },
    fetch: () => new Response('not found', { status: 404 }),
  }),
)
log.info('worker.ready', { port: server.port, concurrency: config.workerConcurrency })
untilAsked(async () => {
  log.info('worker.draining')
  await worker.stop()
  await server.stop(true)
  log.info('worker.stopped')
})
