import { randomBytes } from 'node:crypto'
import { Queue } from 'bullmq'
import { Elysia } from 'elysia'
import { batchId } from '../../batching/ids.ts'
import { configOrExit, listenOn } from '../../entry.ts'
import { leadRoutes } from '../../http/leads/leads.ts'
import { createClientAddress } from '../../http/request/client-ip.ts'
import { corsRules } from '../../http/request/cors.ts'
import { createKeyedHash } from '../../keyed-hash.ts'
import { idempotencyKeyOf, phoneKeyOf } from '../../leads/phone.ts'
import type { ProofGate } from '../../leads/proof.ts'
import type { SubmissionLine } from '../../leads/submit.ts'
import { createRateLimit } from '../../limits/rate-limit.ts'
import { createLog } from '../../log.ts'
import { connectPostgres } from '../../postgres/connection.ts'
import { createLeadLookup } from '../../postgres/leads.ts'
import { createApiMetrics, createRegistry } from '../../prometheus/metrics.ts'
import { batchJobOptions } from '../../redis/batch-queue.ts'
import { redisForWorker } from '../../redis/connection.ts'
import { leadsQueue } from '../../redis/keys.ts'
import { persistJob, toJobData } from '../../redis/lead-job.ts'
import { wireProblems } from '../../wiring/problems.ts'
import { createDeviceReader } from '../../words/device.ts'

/**
 * The submission line as most would write it: SET NX, then one job each. It stands behind the same routes, limits and
 * worker, and keeps campaign and Idempotency-Key as well, so that the crash tests can show that they tell a right line
 * from a wrong one.
 */
const config = configOrExit()
const log = createLog({ level: config.logLevel, process: 'obvious-api' })
const redis = redisForWorker({ url: config.redisUrl!, name: 'obvious', log })
const queue = new Queue(leadsQueue, { connection: redis, streams: { events: { maxLen: 100 } } })
queue.on('error', () => {})
const db = connectPostgres({ url: config.databaseUrl, poolMax: 4, applicationName: 'obvious', log })
const table = createLeadLookup(db)
const keyedHash = createKeyedHash(config.secretKey)
const registry = createRegistry('obvious-api')
const clientAddress = createClientAddress(config.trustedProxies, config.listenAddress)

const line: SubmissionLine = {
  async submit({ phone, idempotencyKey, details }) {
    const id = batchId(Date.now(), randomBytes(9))
    const phoneKey = phoneKeyOf(keyedHash, phone)
    const first = await redis.set(`seen:${phoneKey}`, id, 'PX', config.dedupWindowMs, 'NX')
    if (first === null) return { kind: 'duplicate', id }
    const lead = {
      id,
      phone,
      phoneKey,
      idempotencyKey: idempotencyKeyOf(keyedHash, idempotencyKey),
      details,
    }
    const data = toJobData({ id, leads: [lead] })
    await queue.add(persistJob, data, { ...batchJobOptions, jobId: id })
    return { kind: 'new', id }
  },
  waiting: () => 0,
  idle: async () => {},
}

new Elysia()
  .get('/livez', () => 'ok')
  .use(
    leadRoutes({
      line,
      lookups: [table],
      cors: corsRules([], config.publicUrl),
      rateLimit: createRateLimit({ ...config.rateLimit, now: () => performance.now() }),
      proofs: { required: () => false } as ProofGate,
      correct: async () => {},
      clientAddress,
      deviceOf: createDeviceReader(),
      pagePaths: () => new Set(),
      keyedHash,
      mayLog: () => true,
      nowMs: Date.now,
      hidesDuplicates: false,
      metrics: createApiMetrics(registry),
      problems: wireProblems({ config, clientAddress, registry, log }),
    }),
  )
  .listen({ port: config.port, ...listenOn(config) })
