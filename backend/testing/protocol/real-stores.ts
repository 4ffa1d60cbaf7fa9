import { Job, type Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import type { Batch } from '../../leads/lead.ts'
import type { BatchStore } from '../../leads/ports.ts'
import { createMemoryNews } from '../../memory/lead-news.ts'
import { claimsSince } from '../../postgres/claims.ts'
import type { Db } from '../../postgres/connection.ts'
import { createLeadTable, createPostgresIntake } from '../../postgres/leads.ts'
import { batchJobOptions } from '../../redis/batch-queue.ts'
import { createClaimRelease, seedClaims } from '../../redis/claims.ts'
import { plainKeys } from '../../redis/keys.ts'
import { type LeadJobData, leadsToStore, persistJob, toJobData } from '../../redis/lead-job.ts'
import type { ProtocolRow, Stores } from './protocol.ts'

/** Redis and Postgres as they are. Both are emptied before every schedule. */
export async function emptiedStores(
  deps: Readonly<{ redis: Redis; intake: BatchStore; queue: Queue; db: Db }>,
  options: { windowMs: number },
): Promise<Stores> {
  const { redis, intake, queue, db } = deps
  const { windowMs } = options
  const leadOptions = { dedupWindowMs: windowMs, news: createMemoryNews() }
  const table = createLeadTable(db, leadOptions)
  const claims = createClaimRelease(redis)
  const keysLike = async (match: string) => {
    const pages = (await Array.fromAsync(redis.scanStream({ match, count: 1_000 }))) as string[][]
    return pages.flat().filter((key) => !key.endsWith(':meta'))
  }
  const remove = async (match: string) => {
    const keys = await keysLike(match)
    if (keys.length > 0) await redis.unlink(keys)
  }
  await Promise.all([remove(`${plainKeys.claim}*`), remove(plainKeys.queue('*'))])
  for (const name of ['leads', 'lead_claims', 'lead_quarantine'] as const) await db.deleteFrom(name).execute()

  return {
    redis: intake,
    async addOnly(batch) {
      const job = new Job<LeadJobData>(queue, persistJob, toJobData(batch), batchJobOptions, batch.id)
      const multi = (await queue.getBackend().client).multi()
      job.addJob(multi)
      await multi.exec()
    },
    postgres: createPostgresIntake(db, leadOptions),
    table,
    release: (lead) => claims.release(lead),
    async queued() {
      const ids = (await redis.lrange(plainKeys.queue('wait'), 0, -1)).toReversed()
      return Promise.all(ids.map((id) => batchOf(redis, id)))
    },
    async finish(batchId) {
      await redis.multi().lrem(plainKeys.queue('wait'), 0, batchId).del(plainKeys.queue(batchId)).exec()
    },
    loseClaims: () => remove(`${plainKeys.claim}*`),
    async seed(nowMs) {
      for await (const page of claimsSince(db, new Date(nowMs - windowMs), false))
        await seedClaims(redis, page, windowMs, nowMs)
    },
    async rows() {
      const rows = await db.selectFrom('leads').select(['id', 'phone', 'duplicate_of']).execute()
      const poison = await db.selectFrom('lead_quarantine').select(['id', 'payload']).execute()
      return [
        ...rows.map(
          ({ id, phone, duplicate_of }): ProtocolRow => ({
            id,
            phone,
            duplicateOf: duplicate_of,
            quarantined: false,
          }),
        ),
        ...poison.map(
          ({ id, payload }): ProtocolRow => ({
            id,
            phone: JSON.parse(payload.toString()).phone,
            duplicateOf: null,
            quarantined: true,
          }),
        ),
      ]
    },
  }
}

async function batchOf(redis: Redis, id: string): Promise<Batch> {
  const [data, verdict] = await redis.hmget(plainKeys.queue(id), 'data', 'verdict')
  return { id, leads: leadsToStore(id, JSON.parse(data!) as LeadJobData, verdict ?? null) }
}
