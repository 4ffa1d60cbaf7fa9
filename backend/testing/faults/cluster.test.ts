import { expect, test } from 'bun:test'
import { tagsOfTwelve } from '../../redis/keys.ts'
import { storedThroughAnother } from '../stage/another-intake.ts'
import { keptOnce, metricAt, submitTo, until } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { findBroken, nothingBroken, sendVisitors, type Visitors } from '../stage/ledger.ts'
import { startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'
import { moveSlot, startCluster } from '../stage/redis-cluster.ts'

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])
const cluster = await startCluster()
const line = await startLine({
  env: { ...services.env, REDIS_URL: cluster.url, REDIS_CACHE_URL: services.env.REDIS_URL! },
})
atEnd(async () => {
  await line.stop()
  await cluster.stop()
})

const dayMs = 86_400_000
const share = () => metricAt(line.origin, 'redis_path_open')
const untilOpen = () => until('every shard is open', async () => (await share()) === 1)
const someShard = { index: 5, count: 12 }
const someSlot = tagsOfTwelve[someShard.index]![1]

/** Leaves once some more were answered, and looks whether every promise was kept. */
async function expectKept(visitors: Visitors): Promise<void> {
  const told = visitors.ledger.accepted.length
  await until('more were answered', () => visitors.ledger.accepted.length > told + 50)
  const ledger = await visitors.leave()
  const ids = ledger.accepted.map(({ id }) => id)
  await until('every lead has one row', async () => (await keptOnce(db, ids)) === ids.length)
  expect(await findBroken(db, ledger, dayMs)).toEqual(nothingBroken)
  expect(ledger.unanswered).toBe(0)
  await until(
    'no queue stands',
    async () => (await metricAt(line.workerOrigin, 'lead_batches_waiting')) === 0,
  )
}

async function visitorsWhoAreAnswered(): Promise<Visitors> {
  const visitors = sendVisitors({ origin: line.origin, perSecond: 100, together: 1 })
  await until('some were answered', () => visitors.ledger.accepted.length > 50)
  return visitors
}

test('a replica takes the place of its master as planned: all shards follow, and everybody is kept', async () => {
  await untilOpen()
  const visitors = await visitorsWhoAreAnswered()
  const before = await cluster.masterOf(someSlot)
  const next = await cluster.replicaOf(before)
  await next.admin.call('cluster', 'failover')
  await until('they have changed places', async () => (await cluster.masterOf(someSlot)).id === next.id)
  await untilOpen()
  await expectKept(visitors)
}, 90_000)

test('a slot that is moved key by key under load: its shard goes through Postgres, and follows', async () => {
  await untilOpen()
  const visitors = await visitorsWhoAreAnswered()
  const from = await cluster.masterOf(someSlot)
  const to = await cluster.masterOf(tagsOfTwelve[11]![1])
  await moveSlot(someSlot, from, to)
  await until('it has moved', async () => (await cluster.masterOf(someSlot)).id === to.id)
  await untilOpen()
  await expectKept(visitors)
}, 90_000)

test('a master is killed: its shards go through Postgres, health says how many, and its replica takes over', async () => {
  await untilOpen()
  const visitors = await visitorsWhoAreAnswered()
  const dying = await cluster.masterOf(someSlot)
  await dying.server.kill()
  await until('health says so', async () =>
    /\d of 12 shards/.test(await (await fetch(`${line.origin}/api/health`)).text()),
  )
  await until('another has its slots', async () => (await cluster.masterOf(someSlot)).id !== dying.id)
  expect(await share()).toBeLessThan(1)
  // Until it has a replica again, nothing that it alone has is acknowledged.
  await dying.server.restart()
  await untilOpen()
  const { status } = await submitTo(line.origin, newPhone())
  expect(status).toBe(202)
  await expectKept(visitors)
}, 90_000)

test('a master dies without a word: the worker soon empties the queues of its shards elsewhere, and nobody is lost', async () => {
  await untilOpen()
  const visitors = await visitorsWhoAreAnswered()
  const dying = await cluster.masterOf(someSlot)
  await dying.server.kill('SIGSTOP')
  try {
    await storedThroughAnother(db, { url: cluster.url, shard: someShard }, 'another has its slots')
  } finally {
    await dying.server.kill('SIGCONT')
  }
  await untilOpen()
  await expectKept(visitors)
}, 90_000)
