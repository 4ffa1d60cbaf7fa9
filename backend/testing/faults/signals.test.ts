import { expect, test } from 'bun:test'
import { sql } from 'kysely'
import { submitTo, until, untilRedisPath } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { startLine } from '../stage/line.ts'
import { operatorCommand } from '../stage/operator-command.ts'
import { ownServices } from '../stage/own-services.ts'
import { gateTo } from '../stage/tcp-gate.ts'

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])
const gate = await gateTo(services.env.REDIS_URL!)
const line = await startLine({
  env: services.env,
  apiEnv: { REDIS_URL: gate.url },
})
atEnd(async () => {
  await line.stop()
  gate.close()
})

/** What a lead carries beyond its phone, as the page sends it and as its row has it. */
const sent = {
  utm_source: 'sms',
  first_touch: { utm_source: 'tv', referrer: 'https://a.example/' },
  language: 'fa',
  consent: '2026-11',
  website: 'https://spam.example',
  elapsed_ms: 40,
}
const stored = {
  attribution: { utm_source: 'sms', first: { utm_source: 'tv', referrer: 'https://a.example/' } },
  language: 'fa',
  consent: '2026-11',
  suspect: ['honeypot', 'fast'],
  state: 'suspect',
}

const submit = async () => {
  const { status, id } = await submitTo(line.origin, newPhone(), { fields: sent })
  expect(status).toBe(202)
  return id!
}

function rowOf(id: string) {
  return db
    .selectFrom('leads')
    .select(['attribution', 'language', 'consent', 'suspect', 'state'])
    .where('id', '=', id)
    .executeTakeFirst()
}

const untilStored = (id: string) => until('the lead is stored', () => rowOf(id))

test('all of it survives that API, worker and Redis are killed right after the 202', async () => {
  await untilRedisPath(line.origin, 'open')
  await line.worker.kill()
  const id = await submit()
  await Promise.all([line.api.kill(), services.redis.kill()])
  expect(await rowOf(id)).toBeUndefined()
  await services.redis.restart()
  await Promise.all([line.api.start(), line.worker.start()])
  await untilStored(id)
  expect(await rowOf(id)).toEqual(stored)
})

test('all of it goes through Postgres when Redis is held up, and a commit that lands late changes nothing', async () => {
  await untilRedisPath(line.origin, 'open')
  gate.set('held')
  const id = await submit()
  await line.api.kill()
  expect(await rowOf(id)).toEqual(stored)
  gate.set('open')
  await line.api.start()
  await untilRedisPath(line.origin, 'open')
  await untilStored(await submit())
  expect(await rowOf(id)).toEqual(stored)
})

test('all of it waits out an outage of Postgres', async () => {
  await untilRedisPath(line.origin, 'open')
  await services.postgres.kill()
  const id = await submit()
  await services.postgres.restart()
  await until('Postgres answers', () =>
    rowOf(id)
      .then(() => true)
      .catch(() => false),
  )
  await untilStored(id)
  expect(await rowOf(id)).toEqual(stored)
})

test('all of it comes back from quarantine', async () => {
  await untilRedisPath(line.origin, 'open')
  await sql`alter table leads add constraint refused check (language <> 'fa') not valid`.execute(db)
  const id = await submit()
  const quarantined = () =>
    db.selectFrom('lead_quarantine').select('id').where('id', '=', id).executeTakeFirst()
  await until('the lead is in quarantine', quarantined)
  await sql`alter table leads drop constraint refused`.execute(db)
  const replay = await operatorCommand(['leads.ts', 'replay'], {
    ...services.env,
    SECRET_KEY: 'k'.repeat(32),
    NODE_ENV: 'test',
  })
  expect(replay.code).toBe(0)
  expect(await rowOf(id)).toEqual(stored)
  expect(await quarantined()).toBeUndefined()
})
