import { expect, test } from 'bun:test'
import type { Redis } from 'ioredis'
import { keptOnce, type Said, submitTo, until, untilRedisPath } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { lineShards, startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'
import { asAdmin } from '../stage/redis-admin.ts'
import { follow, pairedRedis } from '../stage/redis-pair.ts'
import { gateTo } from '../stage/tcp-gate.ts'

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])
const { pair, stop: stopSecond } = await pairedRedis(services)
const [{ url: first, admin: a }, { url: second, admin: b }] = pair
const address = await gateTo(first.href)
const line = await startLine({ env: { ...services.env, REDIS_URL: address.url } })
atEnd(async () => {
  await line.stop()
  address.close()
  await stopSecond()
})

const placeOf = (url: URL) => ({ host: url.hostname, port: Number(url.port) })
const roleOf = async (redis: Redis) => /role:(\w+)/.exec(await redis.info('replication'))?.[1]
const oursAt = async (redis: Redis) =>
  String(await redis.client('LIST'))
    .split('\n')
    .filter((client) => / user=landfast /.test(client))
const healthOf = async () =>
  (await (await fetch(`${line.origin}/api/health`)).json()) as {
    dependencies: Record<string, { status: string; detail?: string }>
  }

const untilHealthy = () =>
  until('health is well', async () => {
    const { redis, worker } = (await healthOf()).dependencies
    return redis?.status === 'ok' && worker?.status === 'ok'
  })

/** Submits all the time until told to stop; resolves with what was answered. */
function keepSubmitting(): () => Promise<Said[]> {
  const answers: Promise<Said>[] = []
  const timer = setInterval(() => answers.push(submitTo(line.origin, newPhone())), 20)
  atEnd(() => clearInterval(timer))
  return () => {
    clearInterval(timer)
    return Promise.all(answers)
  }
}

const countLines = (output: string) =>
  output.split('\n').filter((text) => /"level":"(warn|error)"/.test(text)).length

test('API and worker move to the server that the address leads to, and every lead that was acknowledged is stored', async () => {
  await untilRedisPath(line.origin, 'open')
  await follow(b, first)
  const admin = new URL(asAdmin(second.href))
  await a.config('SET', 'masteruser', admin.username, 'masterauth', admin.password)
  const stop = keepSubmitting()
  await Bun.sleep(500)
  // The first hands over when the second has everything, and is its copy from then on.
  await a.call('FAILOVER', 'TO', second.hostname, second.port)
  await until(
    'they have changed places',
    async () => (await roleOf(a)) === 'slave' && (await roleOf(b)) === 'master',
  )
  // Name servers and load balancers take a moment.
  await Bun.sleep(1_000)
  address.leadTo(placeOf(second))
  await untilRedisPath(line.origin, 'open')
  await Bun.sleep(1_000)
  const answers = await stop()
  expect(answers.filter(({ status }) => status !== 202)).toEqual([])
  const ids = answers.map(({ id }) => id!)
  await until('every lead has one row', async () => (await keptOnce(db, ids)) === ids.length)
  await until('nobody of us is at the first any more', async () => (await oursAt(a)).length === 0)
  expect((await oursAt(b)).some((client) => client.includes('name=landfast-live'))).toBe(true)
  await untilHealthy()
}, 120_000)

test('while the address leads to a copy health says so, nothing is loud, leads are taken, and all goes on afterwards', async () => {
  await untilRedisPath(line.origin, 'open')
  const before = [line.api, line.worker].map((each) => countLines(each.output()))
  // The second is the master now; its place is taken by the first without anybody telling the address.
  await b.call('FAILOVER', 'TO', first.hostname, first.port)
  await until('they have changed places', async () => (await roleOf(b)) === 'slave')
  const stop = keepSubmitting()
  await until('health names both', async () => {
    const { redis, worker } = (await healthOf()).dependencies
    return /READONLY/.test(redis?.detail ?? '') && /READONLY/.test(worker?.detail ?? '')
  })
  await Bun.sleep(5_000)
  const answers = await stop()
  expect(answers.filter(({ status }) => status !== 202)).toEqual([])
  const told = [line.api, line.worker].map((each, index) => countLines(each.output()) - before[index]!)
  // Each shard says once that it is closed, and what it was refused with.
  for (const count of told) expect(count).toBeLessThan(23 + 2 * lineShards)

  address.leadTo(placeOf(first))
  await untilRedisPath(line.origin, 'open')
  const last = await submitTo(line.origin, newPhone())
  const ids = [...answers, last].map(({ id }) => id!)
  await until('every lead has one row', async () => (await keptOnce(db, ids)) === ids.length)
  await untilHealthy()
}, 120_000)
