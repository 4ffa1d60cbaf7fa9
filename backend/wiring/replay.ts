import type { Replayed } from '../desk/queue.ts'
import type { LeadNews } from '../leads/news.ts'
import { Unstorable } from '../leads/ports.ts'
import type { Db } from '../postgres/connection.ts'
import { createLeadTable } from '../postgres/leads.ts'
import { leaveQuarantine, quarantinedLeads } from '../postgres/quarantine.ts'
import { retryFailedBatches } from '../redis/failed-batches.ts'
import { eachShard, type RedisForCommands } from './open.ts'

export type ReplayOptions = Readonly<{
  db: Db
  dedupWindowMs: number
  /** The shards of this installation; none where nothing waits in Redis. */
  shards: readonly RedisForCommands[]
  /** Only this lead; else every one in quarantine, and every batch that was given up. */
  leadId?: string
}>

/** Stores again what could not be stored. Safe to repeat and to be ended anywhere: a lead leaves quarantine once it is a row. */
export async function replay({ db, dedupWindowMs, shards, leadId }: ReplayOptions): Promise<Replayed> {
  let stored = 0
  const news: LeadNews = {
    stored(leads) {
      stored += leads.length
    },
    storedBefore() {},
    quarantined() {},
  }
  const table = createLeadTable(db, { dedupWindowMs, news })
  const reasons = new Map<string, number>()
  for await (const page of quarantinedLeads(db, leadId))
    for (const { lead } of page)
      try {
        await table.store([lead])
        await leaveQuarantine(db, lead.id)
      } catch (error) {
        if (!(error instanceof Unstorable)) throw error
        reasons.set(error.message, (reasons.get(error.message) ?? 0) + 1)
      }
  let queued = 0
  if (leadId === undefined)
    await eachShard(shards, async (redis) => {
      queued += await retryFailedBatches(redis)
    })
  return { stored, stay: [...reasons].map(([reason, count]) => ({ reason, count })), queued }
}
