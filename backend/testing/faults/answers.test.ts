import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { keptOnce, rowsOf, submitTo, until, untilRedisPath } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'
import { gateTo } from '../stage/tcp-gate.ts'

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])
const toRedis = await gateTo(services.env.REDIS_URL!)
const toPostgres = await gateTo(services.env.DATABASE_URL!)
const line = await startLine({
  env: services.env,
  apiEnv: { REDIS_URL: toRedis.url },
})
const pgLine = await startLine({
  env: { ...services.env, ACK_MODE: 'pg' },
  apiEnv: { DATABASE_URL: toPostgres.url },
})
const toApi = await gateTo(line.origin)
const throughGate = toApi.url
atEnd(async () => {
  await Promise.all([line.stop(), pgLine.stop()])
  for (const gate of [toRedis, toPostgres, toApi]) gate.close()
})

const idIn = (bytes: Buffer) => /"id":"([^"]+)"/.exec(bytes.toString())?.[1]

const obvious = (redisUrl: string) =>
  startLine({
    env: services.env,
    apiEnv: { REDIS_URL: redisUrl },
    apiEntry: join(import.meta.dir, '../obvious-way/api.ts'),
  })

/** Submits so often that every answer is lost behind the server, then once more. Tells the ids that were lost. */
async function loseAnswers(phone: string, times: number, key?: string) {
  const lost: (string | undefined)[] = []
  toApi.watch((direction, bytes) => {
    if (direction === 'asked') return 'pass'
    lost.push(idIn(bytes))
    return 'cut'
  })
  for (let time = 0; time < times; time++)
    await expect(submitTo(throughGate, phone, { key })).rejects.toThrow()
  toApi.watch(undefined)
  return { lost, last: await submitTo(throughGate, phone, { key }) }
}

describe('the answer is lost on its way and the visitor tries five times', () => {
  test('with the same key it is the original answer each time, and one row', async () => {
    const phone = newPhone()
    const { lost, last } = await loseAnswers(phone, 4, 'five-tries')
    expect(new Set(lost)).toEqual(new Set([last.id!]))
    expect(last).toMatchObject({ status: 202, replayed: true })
    await until('the lead is stored', async () => (await rowsOf(db, [phone])).length > 0)
    expect(await rowsOf(db, [phone])).toEqual([{ id: last.id!, phone, duplicate_of: null }])
  })

  test('with the same key it stays the original answer once the lead is stored', async () => {
    const phone = newPhone()
    const first = await submitTo(line.origin, phone, { key: 'after-storing' })
    await until('the lead is stored', async () => (await rowsOf(db, [phone])).length > 0)
    expect(await submitTo(line.origin, phone, { key: 'after-storing' })).toMatchObject({
      status: 202,
      id: first.id!,
      replayed: true,
    })
  })

  test('without a key it is a duplicate of a lead that is kept', async () => {
    const phone = newPhone()
    const { lost, last } = await loseAnswers(phone, 4)
    expect(last).toMatchObject({ status: 200, duplicate: true })
    await until('the lead is stored', async () => (await rowsOf(db, [phone])).length > 0)
    expect(await rowsOf(db, [phone])).toEqual([{ id: lost[0]!, phone, duplicate_of: null }])
  })
})

describe('the API is killed', () => {
  const isCommit = (bytes: Buffer) => bytes.includes('addJob') || bytes.includes('\r\nexec\r\n')

  test('before its commit reaches Redis: nothing is kept, and the next try is a new lead', async () => {
    const phone = newPhone()
    await untilRedisPath(line.origin, 'open')
    const asked = new Promise<void>((resolve) => {
      toRedis.watch((direction, bytes) => {
        if (direction === 'answered' || !isCommit(bytes)) return 'pass'
        resolve()
        return 'drop'
      })
    })
    const answer = submitTo(line.origin, phone).catch(() => 'none')
    await asked
    await line.api.kill()
    toRedis.watch(undefined)
    expect(await answer).toBe('none')
    await line.api.start()
    const again = await submitTo(line.origin, phone)
    expect(again).toMatchObject({ status: 202, duplicate: false })
    await until('the lead is stored', async () => (await keptOnce(db, [again.id!])) === 1)
    expect(await rowsOf(db, [phone])).toEqual([{ id: again.id!, phone, duplicate_of: null }])
  })

  test.each(['with its key', 'without a key'])(
    'after its commit and before the answer: the lead is kept, and whoever comes back %s is told so',
    async (how) => {
      const phone = newPhone()
      const key = how === 'with its key' ? 'killed-after-commit' : undefined
      await untilRedisPath(line.origin, 'open')
      let committing = false
      const answered = new Promise<void>((resolve) => {
        toRedis.watch((direction, bytes) => {
          if (direction === 'asked') committing ||= isCommit(bytes)
          else if (committing) {
            resolve()
            return 'drop'
          }
          return 'pass'
        })
      })
      const answer = submitTo(line.origin, phone, { key }).catch(() => 'none')
      await answered
      await line.api.kill()
      toRedis.watch(undefined)
      expect(await answer).toBe('none')
      await line.api.start()
      const again = await submitTo(line.origin, phone, { key })
      await until('the lead is stored', async () => (await rowsOf(db, [phone])).length > 0)
      const [row, ...more] = await rowsOf(db, [phone])
      expect(more).toEqual([])
      expect(row!.duplicate_of).toBeNull()
      if (key) expect(again).toMatchObject({ status: 202, id: row!.id })
      else expect(again).toMatchObject({ status: 200, duplicate: true })
    },
  )
})

test('a connection to Postgres that breaks after its COMMIT promises nothing, and the next try finds what was kept', async () => {
  const phone = newPhone()
  let committing = false
  toPostgres.watch((direction, bytes) => {
    if (direction === 'asked') committing ||= bytes.includes('store_leads')
    return direction === 'answered' && committing ? 'cut' : 'pass'
  })
  const first = await submitTo(pgLine.origin, phone, { key: 'at-commit' })
  expect(first.status).toBe(503)
  toPostgres.watch(undefined)
  const [row] = await rowsOf(db, [phone])
  const again = await submitTo(pgLine.origin, phone, { key: 'at-commit' })
  expect(again).toMatchObject({ status: 202, id: row!.id, replayed: true })
  expect(await rowsOf(db, [phone])).toEqual([{ id: row!.id, phone, duplicate_of: null }])
})

describe('SET NX and a job each would break what these tests hold', () => {
  test('killed between the two, it tells a visitor "duplicate" of a lead that is nowhere', async () => {
    const gate = await gateTo(services.env.REDIS_URL!)
    const wrong = await obvious(gate.url)
    try {
      const phone = newPhone()
      let claiming = false
      const claimed = new Promise<void>((resolve) => {
        gate.watch((direction, bytes) => {
          if (direction === 'asked') claiming ||= bytes.includes('seen:')
          else if (claiming) {
            resolve()
            return 'drop'
          }
          return 'pass'
        })
      })
      const answer = submitTo(wrong.origin, phone).catch(() => 'none')
      await claimed
      await wrong.api.kill()
      gate.watch(undefined)
      expect(await answer).toBe('none')
      await wrong.api.start()
      expect(await submitTo(wrong.origin, phone)).toMatchObject({ status: 200, duplicate: true })
      // What comes after it in the queue is stored, so it is not on its way either.
      const next = await submitTo(wrong.origin, newPhone())
      await until('the next lead is stored', async () => (await keptOnce(db, [next.id!])) === 1)
      expect(await rowsOf(db, [phone])).toEqual([])
    } finally {
      await wrong.stop()
      gate.close()
    }
  })

  test('it has no original answer for a visitor who tries again', async () => {
    const wrong = await obvious(services.env.REDIS_URL!)
    try {
      const phone = newPhone()
      expect((await submitTo(wrong.origin, phone, { key: 'again' })).status).toBe(202)
      expect((await submitTo(wrong.origin, phone, { key: 'again' })).status).toBe(200)
    } finally {
      await wrong.stop()
    }
  })
})
