import { expect, test } from 'bun:test'
import { sql } from 'kysely'
import { keptOnce, submitTo, until, untilRedisPath } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'
import { redisAdmin } from '../stage/redis-admin.ts'

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])
const admin = redisAdmin(services.env.REDIS_URL!)
atEnd(() => admin.disconnect())

const choresDone = (output: string) => output.match(/"event":"leads\.reconciled"/g)?.length ?? 0

/** Every chore is due now. */
const aDayPasses = () => sql`update chore_turns set taken_at = now() - interval '25 hours'`.execute(db)

test.each(['redis', 'pg'])(
  'when Redis loses its memory, chores and leads go on (ACK_MODE=%s)',
  async (ackMode) => {
    await sql`delete from chore_turns`.execute(db)
    const line = await startLine({ env: { ...services.env, ACK_MODE: ackMode } })
    try {
      if (ackMode === 'redis') await untilRedisPath(line.origin, 'open')
      await until('the chores are done', () => choresDone(line.worker.output()) === 1)
      await admin.flushall()
      await aDayPasses()
      await until('the chores are done again', () => choresDone(line.worker.output()) === 2)
      const answers = await Promise.all(Array.from({ length: 20 }, () => submitTo(line.origin, newPhone())))
      expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(202))
      const ids = answers.map(({ id }) => id!)
      await until('every lead has one row', async () => (await keptOnce(db, ids)) === ids.length)
    } finally {
      await line.stop()
    }
  },
  120_000,
)

test('of two workers one does what is due, and months are made while Redis is away', async () => {
  const [line, other] = await Promise.all([
    startLine({ env: services.env }),
    startLine({ env: services.env }),
  ])
  try {
    await aDayPasses()
    const done = () => choresDone(line.worker.output()) + choresDone(other.worker.output())
    await until('the chores are done', done)
    // Longer than either takes to look again.
    await Bun.sleep(11_000)
    expect(done()).toBe(1)
    await other.stop()

    await services.redis.kill()
    const { rows } = await sql<{ name: string }>`
      select inhrelid::regclass::text as name from pg_inherits
      where inhparent = 'leads'::regclass and inhrelid::regclass::text ~ '^leads_[0-9]' order by name desc limit 1`.execute(
      db,
    )
    await sql`drop table ${sql.table(rows[0]!.name)}`.execute(db)
    await aDayPasses()
    await until('the month is made again', () => line.worker.output().includes('partitions.made'))
  } finally {
    await services.redis.restart()
    await line.stop()
    await other.stop()
  }
}, 120_000)
