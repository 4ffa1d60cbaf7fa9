import { join } from 'node:path'
import { errorFields } from '../../log.ts'
import { createBackupMetrics } from '../../prometheus/backup-metrics.ts'
import { createRegistry } from '../../prometheus/metrics.ts'
import { archiveOldMonths } from './archive.ts'
import { backupsIn, sizeOf, timeOf } from './folder.ts'
import type { Made, Source } from './make.ts'

const hourMs = 3_600_000
// One that failed is tried again sooner than the next is due.
const retryMs = 600_000

/** Backs up again and again until it is asked to end. The first is made at once where the last is older than it should be. */
export async function keepBackingUp(
  source: Source,
  hours: number,
  backUp: (source: Source) => Promise<Made>,
): Promise<void> {
  const { backup, config, say } = source
  const stopping = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort())
  const registry = createRegistry('backup')
  const last = backupsIn(backup.folder).at(-1)
  let nextMs = last ? timeOf(last) + hours * hourMs : 0
  const metrics = createBackupMetrics(registry, last ? timeOf(last) : 0)
  const server = Bun.serve({
    port: config.workerPort,
    ...(config.listenAddress && { hostname: config.listenAddress }),
    async fetch(request) {
      const { pathname } = new URL(request.url)
      if (pathname === '/metrics')
        return new Response(await registry.metrics(), { headers: { 'content-type': registry.contentType } })
      return new Response(pathname === '/livez' ? 'alive\n' : 'not found\n', {
        status: pathname === '/livez' ? 200 : 404,
      })
    },
  })
  say(`Backs up every ${hours} hours into ${backup.folder}.`)
  while (await pauseUntil(nextMs, stopping.signal)) {
    nextMs = Date.now() + hours * hourMs
    try {
      const { name, manifest } = await backUp(source)
      metrics.made(Date.parse(manifest.madeAt), manifest.tookS, sizeOf(join(backup.folder, name)))
      await archiveOldMonths(source)
    } catch (error) {
      metrics.failed()
      nextMs = Date.now() + Math.min(retryMs, hours * hourMs)
      console.error(`It could not be backed up, or archived: ${errorFields(error).error}. It is tried again.`)
    }
  }
  await server.stop(true)
}

/** Whether that moment has come; it has not once we are asked to end. */
async function pauseUntil(ms: number, stop: AbortSignal): Promise<boolean> {
  if (stop.aborted) return false
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, Math.max(0, ms - Date.now()))
  stop.addEventListener('abort', () => resolve(), { once: true })
  await promise
  clearTimeout(timer)
  return !stop.aborted
}
