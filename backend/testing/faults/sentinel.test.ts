import { expect, test } from 'bun:test'
import { redisForCommands } from '../../redis/connection.ts'
import { shardsOf } from '../../wiring/open.ts'
import { storedThroughAnother } from '../stage/another-intake.ts'
import { quietLog } from '../stage/engines.ts'
import { keptOnce, until, untilRedisPath } from '../stage/faults.ts'
import { findBroken, nothingBroken, sendVisitors } from '../stage/ledger.ts'
import { lineShards, startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'
import { asAdmin } from '../stage/redis-admin.ts'
import { follow, pairedRedis } from '../stage/redis-pair.ts'
import { startSentinels } from '../stage/sentinels.ts'

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])
const { pair, stop } = await pairedRedis(services)
const [first, second] = pair
for (const { admin } of pair) {
  const { username, password } = new URL(asAdmin(first.url.href))
  await admin.config('SET', 'masteruser', username, 'masterauth', password)
}
await follow(second.admin, first.url)
const sentinels = await startSentinels(first.url)
const line = await startLine({ env: { ...services.env, REDIS_URL: sentinels.url } })
atEnd(async () => {
  await line.stop()
  await sentinels.stop()
  await stop()
})

const dayMs = 86_400_000
const pidAt = (port: number) => pair.find(({ url }) => Number(url.port) === port)!.service.pid!

test('a connection that is told to begin anew while it connects is made all the same', async () => {
  const ended: number[] = []
  const connections = Array.from({ length: 20 }, (_, index) => {
    const redis = redisForCommands({ url: sentinels.url, name: 'hurried', log: quietLog })
    redis.on('end', () => ended.push(index))
    redis.connect().catch(() => {})
    // From before the sentinels are asked until after the server was greeted.
    setTimeout(() => redis.disconnect(true), index)
    redis.disconnect(index % 2 === 0)
    if (index % 2 === 1) redis.connect().catch(() => {})
    return redis
  })
  const kept = connections.filter((_, index) => index % 2 === 0)
  await until('each is ready', () => kept.every(({ status }) => status === 'ready'))
  expect(ended.filter((index) => index % 2 === 0)).toEqual([])
  for (const redis of connections) redis.disconnect()
})

test('sentinels appoint another master under load: the line follows, and everybody who was answered is kept', async () => {
  await untilRedisPath(line.origin, 'open')
  const visitors = sendVisitors({ origin: line.origin, perSecond: 100, together: 1 })
  await until('some were answered', () => visitors.ledger.accepted.length > 50)
  await sentinels.failover()
  const told = visitors.ledger.accepted.length
  await until('more were answered', () => visitors.ledger.accepted.length > told + 50)
  await untilRedisPath(line.origin, 'open')
  const ledger = await visitors.leave()
  const ids = ledger.accepted.map(({ id }) => id)
  await until('every lead has one row', async () => (await keptOnce(db, ids)) === ids.length)
  expect(await findBroken(db, ledger, dayMs)).toEqual(nothingBroken)
  expect(ledger.unanswered).toBe(0)
}, 90_000)

test('a master that dies without a word: the worker soon empties the queue of another, and nobody is lost', async () => {
  await untilRedisPath(line.origin, 'open')
  const dying = await sentinels.masterPort()
  const visitors = sendVisitors({ origin: line.origin, perSecond: 50, together: 1 })
  await until('some were answered', () => visitors.ledger.accepted.length > 20)
  process.kill(pidAt(dying), 'SIGSTOP')
  try {
    const [shard] = shardsOf({ redisShards: lineShards })
    await storedThroughAnother(db, { url: sentinels.url, shard }, 'another is appointed')
  } finally {
    process.kill(pidAt(dying), 'SIGCONT')
  }
  await untilRedisPath(line.origin, 'open')
  const ledger = await visitors.leave()
  const ids = ledger.accepted.map(({ id }) => id)
  await until('every lead has one row', async () => (await keptOnce(db, ids)) === ids.length)
  expect(await findBroken(db, ledger, dayMs)).toEqual(nothingBroken)
}, 90_000)
