import { configOrExit, untilAsked } from '../../entry.ts'
import { persistBatch } from '../../jobs/leads.ts'
import type { Lead } from '../../leads/lead.ts'
import { createLog } from '../../log.ts'
import { connectPostgres } from '../../postgres/connection.ts'
import { createLeadTable } from '../../postgres/leads.ts'
import { createRegistry, createWorkerMetrics } from '../../prometheus/metrics.ts'
import { createClaimRelease } from '../../redis/claims.ts'
import { redisForCommands, redisForWorker } from '../../redis/connection.ts'
import { startLeadWorker } from '../../redis/worker.ts'
import { createOwnInstallation } from '../../wiring/installation.ts'

/**
 * Deliveries as most would write them: the job handler stores a batch, tells the receivers of what has become a row by
 * it, tries each a few times, and then the job is done. It stands on the same queue and table, so that the storm can
 * show that it tells a right delivery from a wrong one.
 */
const config = configOrExit()
const receivers = process.env.OBVIOUS_RECEIVERS!.split(',')
const log = createLog({ level: config.logLevel, process: 'obvious-worker' })
const db = connectPostgres({ url: config.workerDatabaseUrl, poolMax: 4, applicationName: 'obvious', log })
const asks = redisForCommands({ url: config.redisUrl!, name: 'obvious', log })
const installation = createOwnInstallation(db)
const triesMax = 5

async function tell(url: string, { id, phone }: Lead): Promise<void> {
  const request = {
    method: 'POST',
    headers: { 'webhook-id': `lead_stored_${id}` },
    body: JSON.stringify({ type: 'lead.stored', data: { id, phone } }),
  }
  for (let tries = 1; tries <= triesMax; tries++) {
    const signal = AbortSignal.timeout(15_000)
    const isTold = await fetch(url, { ...request, signal }).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isTold) return
    await Bun.sleep(200 * tries)
  }
}

// Postgres may be starting, too.
while (!(await installation.read().catch(() => undefined))) await Bun.sleep(100)
const worker = startLeadWorker({
  redis: redisForWorker({ url: config.redisUrl!, name: 'obvious', log }),
  ownId: installation.id,
  concurrency: config.workerConcurrency,
  async handle(job) {
    const stored: Lead[] = []
    const news = {
      stored: (leads: readonly Lead[]) => void stored.push(...leads),
      storedBefore() {},
      quarantined() {},
    }
    await persistBatch(
      {
        leads: createLeadTable(db, { ...config, news }),
        claims: createClaimRelease(asks),
        metrics: createWorkerMetrics(createRegistry('obvious-worker')),
        log,
      },
      job,
    )
    await Promise.all(stored.flatMap((lead) => receivers.map((url) => tell(url, lead))))
  },
  onUnreadable() {},
  log,
})
const server = Bun.serve({
  port: config.workerPort,
  hostname: '127.0.0.1',
  fetch: () => new Response('ok'),
})
untilAsked(log, async () => {
  await worker.stop()
  await server.stop(true)
})
