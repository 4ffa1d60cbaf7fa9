import { describe, expect, test } from 'bun:test'
import { readdirSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { keptOnce, rowsOf, type Said, submitTo, until, untilRedisPath } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { lineSecret, startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'
import { redisAdmin } from '../stage/redis-admin.ts'
import { gateTo } from '../stage/tcp-gate.ts'

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])
const redisUrl = services.env.REDIS_URL!
const gate = await gateTo(redisUrl)
const line = await startLine({
  env: services.env,
  apiEnv: { REDIS_URL: gate.url },
})
const redis = redisAdmin(redisUrl)
atEnd(async () => {
  redis.disconnect()
  await line.stop()
  gate.close()
})

const submitMany = (phones: readonly string[]) =>
  Promise.all(phones.map((phone) => submitTo(line.origin, phone)))
const phonesOf = (count: number) => Array.from({ length: count }, newPhone)

async function setting(name: string): Promise<string> {
  const found = (await redis.config('GET', name)) as string[] | Record<string, string>
  return Array.isArray(found) ? found[1]! : found[name]!
}

async function untilAllKept(answers: readonly Said[]): Promise<void> {
  const ids = answers.map((answer) => answer.id!)
  await until('every lead has one row', async () => (await keptOnce(db, ids)) === ids.length)
}

/** Every one of these phones was taken as new, and has one row under the id of its answer. */
async function expectOneRowEach(phones: readonly string[], answers: readonly Said[]): Promise<void> {
  expect(answers.filter((answer) => answer.status !== 202)).toEqual([])
  await untilAllKept(answers)
  const rows = await rowsOf(db, phones)
  const expected = new Map(phones.map((phone, index) => [phone, answers[index]!.id]))
  expect(rows.filter((row) => row.duplicate_of !== null || row.id !== expected.get(row.phone))).toEqual([])
  expect(rows).toHaveLength(phones.length)
}

describe('what the API says to Redis is held up on its way', () => {
  test('the leads are answered through Postgres, and the commit that lands late changes nothing', async () => {
    await untilRedisPath(line.origin, 'open')
    gate.set('held')
    const phones = phonesOf(30)
    const answers = await submitMany(phones)
    await expectOneRowEach(phones, answers)
    const fromPostgres = await rowsOf(db, phones)
    gate.set('open')
    await untilRedisPath(line.origin, 'open')
    const after = await submitTo(line.origin, newPhone())
    await untilAllKept([after])
    expect(await rowsOf(db, phones)).toEqual(fromPostgres)
    const again = await submitMany(phones)
    expect(again.filter((answer) => answer.status !== 200)).toEqual([])
  })

  test('a connection that died without a word is given up, and leads go through Redis again', async () => {
    await untilRedisPath(line.origin, 'open')
    gate.strand()
    const phones = phonesOf(5)
    await expectOneRowEach(phones, await submitMany(phones))
    await untilRedisPath(line.origin, 'closed')
    await untilRedisPath(line.origin, 'open')
  })

  test('a connection that is cut while Redis answers makes no second lead', async () => {
    await untilRedisPath(line.origin, 'open')
    let committing = false
    gate.watch((direction, bytes) => {
      if (direction === 'asked') committing ||= bytes.includes('claimBatch') || bytes.includes('exec')
      return direction === 'answered' && committing ? 'cut' : 'pass'
    })
    const phones = phonesOf(30)
    const answers = await submitMany(phones)
    gate.watch(undefined)
    await expectOneRowEach(phones, answers)
    await untilRedisPath(line.origin, 'open')
  })
})

test('with the memory of Redis full, leads go through Postgres, and through Redis again when there is room', async () => {
  await untilRedisPath(line.origin, 'open')
  const enough = await setting('maxmemory')
  const before = phonesOf(20)
  const queued = await submitMany(before)
  await redis.config('SET', 'maxmemory', '1mb')
  const phones = phonesOf(50)
  const answers = await submitMany(phones)
  await untilRedisPath(line.origin, 'closed')
  await redis.config('SET', 'maxmemory', enough)
  await untilRedisPath(line.origin, 'open')
  const last = phonesOf(20)
  await expectOneRowEach(
    [...before, ...phones, ...last],
    [...queued, ...answers, ...(await submitMany(last))],
  )
  const again = await submitMany(phones)
  expect(again.filter((answer) => answer.status !== 200)).toEqual([])
})

test('an API that starts while Redis is down takes leads through Postgres, and through Redis once it is there', async () => {
  await line.api.kill()
  await services.redis.kill()
  await line.api.start()
  const phones = phonesOf(10)
  await expectOneRowEach(phones, await submitMany(phones))
  await services.redis.restart()
  await untilRedisPath(line.origin, 'open')
  const again = await submitMany(phones)
  expect(again.filter((answer) => answer.status !== 200)).toEqual([])
  const last = phonesOf(10)
  await expectOneRowEach(last, await submitMany(last))
})

test.each([1, 37, 100, 1_000])(
  'an append-only file that lost its last %d bytes is read, and the claims of stored leads are known again',
  async (bytes) => {
    await untilRedisPath(line.origin, 'open')
    const phones = phonesOf(10)
    await expectOneRowEach(phones, await submitMany(phones))
    const folder = join(await setting('dir'), await setting('appenddirname'))
    await services.redis.kill()
    cutAppendOnlyFile(folder, bytes)
    await services.redis.restart()
    await untilRedisPath(line.origin, 'open')
    const again = await submitMany(phones)
    expect(again.filter((answer) => answer.status !== 200)).toEqual([])
  },
)

test.each([1, 2, 3, 4])(
  'an append-only file that lost a random part of its end knows a claim exactly when it knows its lead (%d)',
  async () => {
    await untilRedisPath(line.origin, 'open')
    await line.worker.kill()
    const phones: string[] = []
    for (let batch = 0; batch < 8; batch++) {
      const some = phonesOf(5)
      phones.push(...some)
      await submitMany(some)
    }
    const folder = join(await setting('dir'), await setting('appenddirname'))
    await services.redis.kill()
    const lost = 1 + Math.floor(Math.random() * 6_000)
    process.stdout.write(`cut by ${lost} bytes\n`)
    cutAppendOnlyFile(folder, lost)
    await services.redis.restart()
    await line.worker.start()
    await untilRedisPath(line.origin, 'open')
    const again = await submitMany(phones)
    expect(again.filter(({ status }) => status !== 200 && status !== 202)).toEqual([])
    await untilAllKept(again.filter(({ status }) => status === 202))
    await until('every phone has one lead', async () => {
      const leads = (await rowsOf(db, phones)).filter(({ duplicate_of }) => duplicate_of === null)
      return Bun.deepEquals(leads.map(({ phone }) => phone).sort(), phones.toSorted())
    })
  },
)

/** Cuts the file that Redis appends to. */
function cutAppendOnlyFile(folder: string, bytes: number): void {
  const file = readdirSync(folder).find((name) => name.endsWith('.incr.aof'))!
  const path = join(folder, file)
  truncateSync(path, Math.max(0, statSync(path).size - bytes))
}

describe('in production a Redis that cannot keep its promise', () => {
  test.each([
    ['appendfsync', 'everysec', 'always'],
    ['maxmemory-policy', 'allkeys-lru', 'noeviction'],
    ['no-appendfsync-on-rewrite', 'yes', 'no'],
  ])('is refused at boot, with a way out: %s %s', async (name, wrong, right) => {
    await redis.config('SET', name, wrong)
    for (const entry of ['api.ts', 'worker.ts']) {
      const started = Bun.spawn([process.execPath, '--no-env-file', join(import.meta.dir, '../..', entry)], {
        env: {
          ...process.env,
          ...services.env,
          NODE_ENV: 'production',
          SECRET_KEY: lineSecret,
          PORT: '0',
          WORKER_PORT: '0',
          API_PROCESSES: '1',
        },
        stdout: 'ignore',
        stderr: 'pipe',
      })
      expect(await started.exited).not.toBe(0)
      const said = await new Response(started.stderr).text()
      expect(said).toContain(`${name} is ${wrong} and must be ${right}`)
      expect(said).toContain('ACK_MODE=pg')
    }
    await redis.config('SET', name, right)
  })
})
