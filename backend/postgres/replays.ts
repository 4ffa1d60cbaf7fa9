import { sql } from 'kysely'
import type { Replay, Replayed, Replays } from '../desk/queue.ts'
import type { Actor } from '../operators/audit.ts'
import { writeAudit } from './audit.ts'
import type { Db } from './connection.ts'

type Row = Readonly<{
  id: string
  lead_id: string | null
  asked_at: Date
  asked_by: Actor
  replayed: Replayed | null
  finished_at: Date | null
}>

/** The wishes to store again, and what came of them. */
export function createReplays(db: Db): Replays {
  return {
    ask: (by, leadId) =>
      db.transaction().execute(async (tx) => {
        const id = crypto.randomUUID()
        const lead = leadId ?? null
        await sql`
          insert into lead_replays (id, lead_id, asked_by) values (${id}, ${lead}, ${JSON.stringify(by)}::jsonb)
          on conflict (coalesce(lead_id, '00000000-0000-0000-0000-000000000000')) where finished_at is null do nothing`.execute(
          tx,
        )
        const { rows } = await sql<Row>`
          select * from lead_replays where lead_id is not distinct from ${lead}::uuid and finished_at is null`.execute(
          tx,
        )
        const replay = replayOf(rows[0]!)
        if (replay.id === id) await writeAudit(tx, { by, action: 'replay.asked', subject: leadId ?? '' })
        return replay
      }),
    async list(limit) {
      const { rows } = await sql<Row>`
        select * from lead_replays order by asked_at desc limit ${limit}`.execute(db)
      return rows.map(replayOf)
    },
    async open() {
      const { rows } = await sql<Row>`
        select * from lead_replays where finished_at is null order by asked_at`.execute(db)
      return rows.map(replayOf)
    },
    finish: (id, replayed) =>
      db.transaction().execute(async (tx) => {
        const { rows } = await sql<Row>`
          update lead_replays set finished_at = now(), replayed = ${JSON.stringify(replayed)}::jsonb
          where id = ${id} and finished_at is null returning *`.execute(tx)
        if (!rows[0]) return
        const { by, leadId = '' } = replayOf(rows[0])
        const { stored, queued, stay } = replayed
        const left = stay.reduce((sum, { count }) => sum + count, 0)
        await writeAudit(tx, {
          ...{ by, action: 'replay.finished', subject: leadId },
          after: { stored, queued, left },
        })
      }),
  }
}

const replayOf = (row: Row): Replay => ({
  id: row.id,
  ...(row.lead_id !== null && { leadId: row.lead_id }),
  ...{ askedAt: row.asked_at, by: row.asked_by },
  ...(row.replayed && { replayed: row.replayed }),
  ...(row.finished_at && { finishedAt: row.finished_at }),
})

/** Forgets what is long over. */
export async function pruneReplays(db: Db, days: number): Promise<void> {
  await sql`delete from lead_replays where finished_at < now() - make_interval(days => ${days})`.execute(db)
}
