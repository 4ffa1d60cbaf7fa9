import { afterEach, describe, expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { settleCorrections } from '../../leads/correction.ts'
import { createCorrectionTable } from '../../postgres/corrections.ts'
import { openShards, releaseIn } from '../../wiring/open.ts'
import { onceThere } from '../stage/browser.ts'
import { quietLog } from '../stage/engines.ts'
import { submitTo, until, untilRedisPath } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { lineShards, startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'
import { gateTo } from '../stage/tcp-gate.ts'

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])
const toPostgres = await gateTo(services.env.DATABASE_URL!)
const lines = {
  redis: await startLine({ env: { ...services.env, DATABASE_URL: toPostgres.url } }),
  pg: await startLine({ env: { ...services.env, ACK_MODE: 'pg' } }),
}
const redisUrl = services.env.REDIS_URL!
const shards = openShards({ redisUrl, redisShards: lineShards }, 'test', quietLog)
for (const redis of shards) await redis.connect()
atEnd(async () => {
  for (const redis of shards) redis.disconnect()
  for (const line of Object.values(lines)) await line.stop()
  toPostgres.close()
})
afterEach(() => toPostgres.set('open'))
await untilRedisPath(lines.redis.origin, 'open')

const newKey = () => randomBytes(16).toString('hex')

type Kept = Readonly<{
  id: string
  state: string
  corrected_by: string | null
  duplicate_of: string | null
}>

async function keptOf(phone: string): Promise<readonly Kept[]> {
  const { rows } = await sql<Kept>`
    select id, state, corrected_by, duplicate_of from leads where phone = ${phone} order by id`.execute(db)
  return rows
}

const stored = (phone: string) =>
  onceThere('a row of this phone', async () => {
    const rows = await keptOf(phone)
    return rows.length > 0 ? rows : undefined
  })

describe.each(Object.entries(lines))(
  'a visitor who corrects their number, with ACK_MODE=%s,',
  (_mode, line) => {
    const submit = (phone: string, key?: string, corrects?: unknown) =>
      submitTo(line.origin, phone, { key, fields: { corrects } })

    /** A lead with a number that was mistyped, and the visitor's correction of it. */
    async function mistyped() {
      const [phone, key] = [newPhone(), newKey()]
      const { id } = await submit(phone, key)
      await stored(phone)
      return { phone, key, id }
    }

    test('is rung on the new one: the first lead is kept and marked, and its phone is free for whoever has it', async () => {
      const first = await mistyped()
      const phone = newPhone()
      const { status, id } = await submit(phone, newKey(), [first])
      expect(status).toBe(202)
      expect(await keptOf(first.phone)).toEqual([
        { id: first.id!, state: 'corrected', corrected_by: id!, duplicate_of: null },
      ])
      expect(await stored(phone)).toMatchObject([{ id, state: 'new', corrected_by: null }])

      const owner = await submit(first.phone, newKey())
      expect(owner.status).toBe(202)
      await until('the owner of that phone is stored', async () => (await keptOf(first.phone)).length === 2)
      expect((await keptOf(first.phone))[1]).toMatchObject({ id: owner.id, state: 'new', duplicate_of: null })
    })

    test('may correct it again, and to a number that is known already', async () => {
      const first = await mistyped()
      const known = await mistyped()
      const second = { phone: newPhone(), key: newKey() }
      await submit(second.phone, second.key, [first])
      await stored(second.phone)
      expect(await submit(known.phone, newKey(), [second])).toMatchObject({ status: 200, duplicate: true })
      expect(await keptOf(second.phone)).toMatchObject([{ state: 'corrected', corrected_by: known.id }])
      expect(await keptOf(known.phone)).toMatchObject([{ state: 'new', corrected_by: null }])
    })

    test('and whose answer was lost corrects it all the same, by phone and key alone', async () => {
      const [phone, key] = [newPhone(), newKey()]
      await submit(phone, key)
      const { id } = await submit(newPhone(), newKey(), [{ phone, key }])
      await until('it is marked', async () => {
        await settleCorrections({ table: createCorrectionTable(db), release: releaseIn(shards) })
        return (await keptOf(phone))[0]?.corrected_by === id
      })
    })

    test('corrects it once, however often the correction is sent', async () => {
      const first = await mistyped()
      const [phone, key] = [newPhone(), newKey()]
      const { id } = await submit(phone, key, [first])
      expect(await submit(phone, key, [first])).toMatchObject({ status: 202, id, replayed: true })
      expect(await keptOf(first.phone)).toMatchObject([{ corrected_by: id }])
      expect(await stored(phone)).toHaveLength(1)
    })

    test('corrects nobody else: not without the key, not with another, not with a guess', async () => {
      const other = await mistyped()
      const guesses = [newKey(), '', other.id, other.key.slice(0, 21), `${other.key} `]
      for (const key of guesses) await submit(newPhone(), newKey(), [{ ...other, key }])
      // Its own key belongs to its own phone only.
      await submit(newPhone(), newKey(), [{ phone: newPhone(), key: other.key }])
      expect(await keptOf(other.phone)).toMatchObject([{ id: other.id, state: 'new', corrected_by: null }])
      expect(await submit(other.phone)).toMatchObject({ status: 200, duplicate: true })
    })

    test('does not correct a number by itself', async () => {
      const { phone, key, id } = await mistyped()
      expect(await submit(phone, newKey(), [{ phone, key }])).toMatchObject({ status: 200 })
      expect(await keptOf(phone)).toMatchObject([{ id, state: 'new', corrected_by: null }])
    })
  },
)

test('a correction that cannot be kept is not confirmed, and is carried out when it is sent again', async () => {
  const { origin } = lines.redis
  const first = { phone: newPhone(), key: newKey() }
  await submitTo(origin, first.phone, first)
  await stored(first.phone)
  const [phone, key] = [newPhone(), newKey()]
  const correct = () => submitTo(origin, phone, { key, fields: { corrects: [first] } })
  toPostgres.set('shut')
  expect((await correct()).status).toBe(503)
  expect(await keptOf(first.phone)).toMatchObject([{ state: 'new' }])
  toPostgres.set('open')
  await until('it is confirmed', async () => (await correct()).status === 202)
  const [lead] = await stored(phone)
  expect(await keptOf(first.phone)).toMatchObject([{ state: 'corrected', corrected_by: lead!.id }])
  expect(await keptOf(phone)).toHaveLength(1)
})

test('a lead that is still in the queue is corrected once it is stored', async () => {
  const { origin, worker } = lines.redis
  const first = { phone: newPhone(), key: newKey() }
  const phone = newPhone()
  await worker.kill('SIGSTOP')
  try {
    await submitTo(origin, first.phone, first)
    expect((await submitTo(origin, phone, { fields: { corrects: [first] } })).status).toBe(202)
  } finally {
    await worker.kill('SIGCONT')
  }
  const [lead] = await stored(phone)
  await stored(first.phone)
  const deps = { table: createCorrectionTable(db), release: releaseIn(shards) }
  // Ours, or the worker's own chore, whichever comes first.
  await settleCorrections(deps)
  expect(await keptOf(first.phone)).toMatchObject([{ state: 'corrected', corrected_by: lead!.id }])
  expect(await settleCorrections(deps)).toBe(0)
  await until('its phone is free', async () => (await submitTo(origin, first.phone)).status === 202)
})
