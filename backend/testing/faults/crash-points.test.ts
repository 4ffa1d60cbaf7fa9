import { describe, expect, test } from 'bun:test'
import { Redis } from 'ioredis'
import { sql } from 'kysely'
import { plainKeys } from '../../redis/keys.ts'
import { rowsOf, submitTo, until } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { type LineProcess, startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'
import { gateTo, type TcpGate } from '../stage/tcp-gate.ts'

// What happens between EXEC and its answer is in answers.test.ts.
const { services, db, atEnd } = await ownServices(['postgres', 'redis'])
const { REDIS_URL, DATABASE_URL } = services.env as { REDIS_URL: string; DATABASE_URL: string }
const toRedis = await gateTo(REDIS_URL)
const toPostgres = await gateTo(DATABASE_URL)
const [line, pgLine] = await Promise.all([
  startLine({ env: services.env, workerEnv: { REDIS_URL: toRedis.url } }),
  startLine({
    env: { ...services.env, ACK_MODE: 'pg' },
    apiEnv: { DATABASE_URL: toPostgres.url },
  }),
])
// Else it would take the batches whose worker is killed here.
await pgLine.worker.kill()
const redis = new Redis(REDIS_URL)
redis.on('error', () => {})
atEnd(async () => {
  redis.disconnect()
  await Promise.all([line.stop(), pgLine.stop()])
  for (const gate of [toRedis, toPostgres]) gate.close()
})

type Moment = Readonly<{ asked: RegExp; when: 'asked' | 'answered' }>

/** Kills a process in the moment in which it asks its store this, or in which the answer is on its way to it. */
async function killAt(
  moment: Moment,
  gate: TcpGate,
  victim: LineProcess,
  work: () => unknown,
): Promise<void> {
  let asked = false
  const there = new Promise<void>((resolve) => {
    gate.watch((direction, bytes) => {
      if (direction === 'asked') asked ||= moment.asked.test(bytes.toString('latin1'))
      if (!asked || direction !== moment.when) return 'pass'
      resolve()
      return 'drop'
    })
  })
  work()
  await there
  await victim.kill()
  gate.watch(undefined)
}

describe('the worker is killed', () => {
  const finishes = /leads:completed/
  const moments: [string, Moment][] = [
    ['after its COMMIT and before it finishes the job', { asked: finishes, when: 'asked' }],
    ['after it finished the job and before it knows', { asked: finishes, when: 'answered' }],
  ]
  test.each(moments)('%s: the lead has one row, and the queue is empty again', async (_, moment) => {
    await until('the queue is empty', async () => (await redis.llen(plainKeys.queue('active'))) === 0)
    const phone = newPhone()
    let id = ''
    await killAt(moment, toRedis, line.worker, async () => {
      id = (await submitTo(line.origin, phone)).id!
    })
    await until('the lead is stored', async () => (await rowsOf(db, [phone])).length > 0)
    // What the lock's ten seconds and two stalled checks would do: the batch counts as left behind.
    await redis.del(`${plainKeys.queue(id)}:lock`, plainKeys.queue('stalled-check'))
    if (await redis.lpos(plainKeys.queue('active'), id).then((place) => place !== null))
      await redis.sadd(plainKeys.queue('stalled'), id)
    await line.worker.start()
    await until('the queue is empty', async () => {
      const waiting = await redis.llen(plainKeys.queue('wait'))
      return waiting + (await redis.llen(plainKeys.queue('active'))) === 0
    })
    expect(await rowsOf(db, [phone])).toEqual([{ id, phone, duplicate_of: null }])
    expect(await redis.zcard(plainKeys.queue('failed'))).toBe(0)
  })
})

describe('the API that acknowledges through Postgres is killed', () => {
  const tries = ['with its key', 'without a key']
  const storesLeads = /store_leads/
  const killed = async (moment: Moment, phone: string, key: string | undefined) => {
    let answer: Promise<unknown> | undefined
    await killAt(moment, toPostgres, pgLine.api, () => {
      answer = submitTo(pgLine.origin, phone, { key }).catch(() => 'none')
    })
    expect(await answer).toBe('none')
    await pgLine.api.start()
  }

  test.each(tries)(
    'before Postgres hears of it: nothing is kept, and the next try %s is a new lead',
    async (how) => {
      const phone = newPhone()
      const key = how === 'with its key' ? 'killed-before-begin' : undefined
      await killed({ asked: storesLeads, when: 'asked' }, phone, key)
      expect(await rowsOf(db, [phone])).toEqual([])
      const again = await submitTo(pgLine.origin, phone, { key })
      expect(again).toMatchObject({ status: 202, replayed: false })
      expect(await rowsOf(db, [phone])).toEqual([{ id: again.id!, phone, duplicate_of: null }])
    },
  )

  test.each(tries)(
    'after its COMMIT and before the answer: the lead is kept, and whoever comes back %s is told so',
    async (how) => {
      const phone = newPhone()
      const key = how === 'with its key' ? 'killed-after-commit' : undefined
      await killed({ asked: storesLeads, when: 'answered' }, phone, key)
      const [row] = await rowsOf(db, [phone])
      const again = await submitTo(pgLine.origin, phone, { key })
      if (key) expect(again).toMatchObject({ status: 202, id: row!.id, replayed: true })
      else expect(again).toMatchObject({ status: 200, duplicate: true })
      expect(await rowsOf(db, [phone])).toEqual([{ id: row!.id, phone, duplicate_of: null }])
    },
  )

  test('in the middle of its transaction: whether Postgres goes on or not, the next try ends in one lead', async () => {
    const phone = newPhone()
    const key = 'killed-in-transaction'
    let answer: Promise<unknown> | undefined
    await db.transaction().execute(async (tx) => {
      await sql`lock table leads in share mode`.execute(tx)
      answer = submitTo(pgLine.origin, phone, { key }).catch(() => 'none')
      await until('its transaction waits for the table', async () => {
        const { rows } = await sql`
          select from pg_stat_activity where application_name = 'landfast-api' and wait_event_type = 'Lock'`.execute(
          db,
        )
        return rows.length > 0
      })
      await pgLine.api.kill()
    })
    expect(await answer).toBe('none')
    await pgLine.api.start()
    const again = await submitTo(pgLine.origin, phone, { key })
    expect(again.status).toBe(202)
    expect(await rowsOf(db, [phone])).toEqual([{ id: again.id!, phone, duplicate_of: null }])
  })
})
