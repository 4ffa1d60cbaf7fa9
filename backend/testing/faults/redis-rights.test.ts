import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { keptOnce, metricAt, submitTo, until, untilRedisPath } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'
import { redisAdmin, userWith } from '../stage/redis-admin.ts'

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])
const admin = redisAdmin(services.env.REDIS_URL!)
atEnd(() => admin.disconnect())

const userOf = (name: string, ...rules: readonly string[]) =>
  userWith(admin, services.env.REDIS_URL!, name, ...rules)

/** The processor time that a process has used, in seconds. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

type Line = Readonly<{ level: string; event: string; because?: string }>
const linesOf = (output: string) =>
  output.split('\n').flatMap((line): Line[] => (line ? [JSON.parse(line) as Line] : []))
const warnings = (output: string) =>
  linesOf(output).filter(({ level }) => level === 'warn' || level === 'error')

test('without the rights it needs, a production worker says which, once, rests, ends when asked, and works once they are given', async () => {
  const url = await userOf('no-danger', '+@all', '-@dangerous')
  const line = await startLine({
    env: { ...services.env, REDIS_URL: url },
    workerEnv: { NODE_ENV: 'production' },
  })
  try {
    await until('the worker says it', () => line.worker.output().includes('redis.unable'))
    const before = cpuSeconds(line.worker.pid!)
    await Bun.sleep(3_000)
    expect(cpuSeconds(line.worker.pid!) - before).toBeLessThan(1)
    const said = warnings(line.worker.output()).filter(({ event }) => event !== 'settings.weak')
    expect(said.map(({ event }) => event)).toEqual(['redis.unable'])
    expect(said[0]!.because).toContain('user "no-danger"')
    const asked = said[0]!.because!.match(/\+[a-z|]+/g)!
    expect(asked).toContain('+info')
    expect(asked).toContain('+config|get')

    // The API takes leads all the same, and says what is missing.
    const answer = await submitTo(line.origin, newPhone())
    expect(answer.status).toBe(202)
    expect(await (await fetch(`${line.origin}/api/health`)).text()).toContain('+config|get')

    const askedAt = performance.now()
    await line.worker.kill('SIGTERM')
    expect(performance.now() - askedAt).toBeLessThan(9_000)

    await line.worker.start()
    await admin.call('ACL', 'SETUSER', 'no-danger', ...asked)
    await untilRedisPath(line.origin, 'open')
    const { id } = await submitTo(line.origin, newPhone())
    await until('the lead is stored', async () => (await keptOnce(db, [id!])) === 1)
    expect(line.worker.output()).not.toMatch(/\n\s+at /)
  } finally {
    await line.stop()
  }
}, 60_000)

test('a right that is taken away while the worker works makes it neither loud nor busy nor deaf', async () => {
  const url = await userOf('robbed', '+@all')
  const line = await startLine({ env: { ...services.env, REDIS_URL: url } })
  try {
    await untilRedisPath(line.origin, 'open')
    await admin.call('ACL', 'SETUSER', 'robbed', '-evalsha', '-eval', '-bzpopmin')
    const { id } = await submitTo(line.origin, newPhone())
    // A fetch that was under way keeps the right it began with, for as long as it may block.
    await until('the worker says it', () => warnings(line.worker.output()).length > 0)
    const before = cpuSeconds(line.worker.pid!)
    await Bun.sleep(3_000)
    expect(cpuSeconds(line.worker.pid!) - before).toBeLessThan(1)
    expect(warnings(line.worker.output()).length).toBeLessThan(12)
    await admin.call('ACL', 'SETUSER', 'robbed', '+@all')
    await until('the lead is stored', async () => (await keptOnce(db, [id!])) === 1)
    await untilRedisPath(line.origin, 'open')
    const next = await submitTo(line.origin, newPhone())
    await until('the next lead is stored', async () => (await keptOnce(db, [next.id!])) === 1)
    const askedAt = performance.now()
    await line.worker.kill('SIGTERM')
    expect(performance.now() - askedAt).toBeLessThan(9_000)
  } finally {
    await line.stop()
  }
}, 90_000)

test('a Redis whose user "default" may not replay its file is refused, and says what to change', async () => {
  await admin.call('ACL', 'SETUSER', 'default', 'reset', 'off')
  const env = { ...services.env, NODE_ENV: 'production' }
  const line = await startLine({ env: services.env })
  try {
    const refused = await startLine({ env: services.env, apiEnv: env, workerEnv: env }).catch(
      (error: Error) => error.message,
    )
    expect(refused).toContain('user "default"')
    expect(refused).toContain('off resetpass ~* &* +@all')
    // Elsewhere it is used, loudly.
    await untilRedisPath(line.origin, 'open')
    expect(line.api.output()).toContain('redis.unsafe')
  } finally {
    await admin.call('ACL', 'SETUSER', 'default', 'off', 'resetpass', '~*', '&*', '+@all')
    await line.stop()
  }
}, 60_000)

test('jobs without a batch are told of once, put aside and never counted as waiting, and the next lead is stored', async () => {
  const line = await startLine({ env: services.env })
  try {
    await untilRedisPath(line.origin, 'open')
    const id = (index: number) => `01a1b2c3-d4e5-7000-8000-${String(index).padStart(12, '0')}`
    for (let index = 0; index < 50; index++)
      for (const queue of ['leads', 'events']) {
        // What was left of a batch whose transaction was not replayed, and of one that somebody wrote.
        if (index % 3 === 0) await admin.hset(`bull:${queue}:${id(index)}`, { ats: '1', processedOn: '1' })
        if (index % 3 === 1)
          await admin.hset(`bull:${queue}:${id(index)}`, { name: 'x', data: '{broken', opts: '{}' })
        await admin.lpush(`bull:${queue}:wait`, index === 49 ? 'not-an-id' : id(index))
        await admin.zadd(`bull:${queue}:marker`, 0, '0')
      }
    const answer = await submitTo(line.origin, newPhone())
    await until('the lead is stored', async () => (await keptOnce(db, [answer.id!])) === 1)
    await until('all are aside', async () => (await admin.llen('landfast:aside')) === 100)
    for (const queue of ['leads', 'events'])
      for (const list of ['wait', 'active'])
        await until(`${queue} has none`, async () => (await admin.llen(`bull:${queue}:${list}`)) === 0)
    expect(await metricAt(line.workerOrigin, 'lead_batches_waiting')).toBe(0)
    expect(await metricAt(line.workerOrigin, 'jobs_unreadable_total')).toBe(100)
    const told = warnings(line.worker.output()).filter(({ event }) => event === 'worker.job_unreadable')
    expect(told.length).toBeGreaterThan(1)
    expect(told.length).toBeLessThan(10)
    expect(JSON.parse((await admin.lrange('landfast:aside', 0, 0))[0]!)).toMatchObject({
      queue: expect.any(String),
    })
  } finally {
    await line.stop()
  }
}, 60_000)
