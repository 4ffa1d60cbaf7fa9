import { expect, test } from 'bun:test'
import { keptOnce, metricAt, submitTo, until, untilRedisPath } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { sendVisitors } from '../stage/ledger.ts'
import { type Line, startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'
import { follow, linkTo, type PairedRedis, pairedRedis } from '../stage/redis-pair.ts'
import { gateTo } from '../stage/tcp-gate.ts'

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])
const { pair, stop } = await pairedRedis(services)
const address = await gateTo(services.env.REDIS_URL!)
let [master, replica] = pair as readonly [PairedRedis, PairedRedis]
let link = await linkTo(master.url)
await follow(replica.admin, link.address)
atEnd(async () => {
  address.close()
  link.close()
  await stop()
})

const health = async (origin: string) => (await fetch(`${origin}/api/health`)).text()

/** Puts the replica in the place of the master, as those do who believe the master lost. */
async function promote(): Promise<void> {
  await replica.admin.call('REPLICAOF', 'NO', 'ONE')
  address.leadTo({ host: replica.url.hostname, port: Number(replica.url.port) })
  address.set('shut')
  address.set('open')
  ;[master, replica] = [replica, master]
}

/** What was the master comes back and follows the new one, whatever it still had. */
async function rejoin(): Promise<void> {
  if (replica.service.pid === undefined) await replica.service.restart()
  link.close()
  link = await linkTo(master.url)
  await until('it answers', () => replica.admin.ping().catch(() => undefined))
  await follow(replica.admin, link.address)
}

const faults = [
  'the machine of the master is gone',
  'the master is cut off, and still answers us',
  'the master stands still until another is appointed, and then goes on',
] as const
type Fault = (typeof faults)[number]

/** What was only at the master is gone by `fault`. Resolves with how many leads no store has in the end. */
async function lostBy(fault: Fault, line: Line): Promise<number> {
  await untilRedisPath(line.origin, 'open')
  // What is stored is safe; this is about what waits.
  await line.worker.kill()
  const visitors = sendVisitors({ origin: line.origin, perSecond: 200, together: 1 })
  const untilMore = (count: number) => {
    const before = visitors.ledger.accepted.length
    return until('more are answered', () => visitors.ledger.accepted.length >= before + count)
  }
  await untilMore(50)
  if (fault === 'the master stands still until another is appointed, and then goes on') {
    process.kill(master.service.pid!, 'SIGSTOP')
    await replica.admin.call('REPLICAOF', 'NO', 'ONE')
    process.kill(master.service.pid!, 'SIGCONT')
  } else link.set('held')
  await untilMore(50)
  if (fault === 'the machine of the master is gone') await master.service.kill()
  await promote()
  const { accepted } = await visitors.leave()
  await rejoin()
  await line.worker.start()
  await untilRedisPath(line.origin, 'open')
  const { id } = await submitTo(line.origin, newPhone())
  // It is the last of the queue: what came before it is stored by then, but for what is being stored.
  await until('the queue is empty', async () => (await keptOnce(db, [id!])) === 1)
  const ids = accepted.map((lead) => lead.id)
  let kept = -1
  await until('nothing more is stored', async () => {
    const before = kept
    await until(
      'no batch is left',
      async () => (await metricAt(line.workerOrigin, 'lead_batches_waiting')) === 0,
    )
    kept = await keptOnce(db, ids)
    return kept === before
  })
  return ids.length - kept
}

async function withLine(ackReplicas: number, work: (line: Line) => Promise<void>): Promise<void> {
  const env = { ...services.env, REDIS_URL: address.url, REDIS_ACK_REPLICAS: String(ackReplicas) }
  const line = await startLine({ env })
  try {
    await work(line)
  } finally {
    await line.stop()
  }
}

test('with REDIS_ACK_REPLICAS=1 everybody who was answered is kept when the master is lost, cut off or outdated', async () => {
  await withLine(1, async (line) => {
    for (const fault of faults) expect([fault, await lostBy(fault, line)]).toEqual([fault, 0])

    link.set('held')
    const { status, id } = await submitTo(line.origin, newPhone())
    expect(status).toBe(202)
    // And not that a commit took too long.
    await until('health says why', async () =>
      (await health(line.origin)).includes('REDIS_ACK_REPLICAS wants 1'),
    )
    link.set('open')
    await untilRedisPath(line.origin, 'open')
    await until('the lead has one row', async () => (await keptOnce(db, [id!])) === 1)
  })
}, 120_000)

test('with 0 each of the three loses leads, so that these tests can tell', async () => {
  await withLine(0, async (line) => {
    for (const fault of faults) expect([fault, (await lostBy(fault, line)) > 0]).toEqual([fault, true])
  })
}, 120_000)
