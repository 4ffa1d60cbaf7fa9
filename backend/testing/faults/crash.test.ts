import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { untilRedisPath } from '../stage/faults.ts'
import {
  type Broken,
  findBroken,
  type Ledger,
  nothingBroken,
  sendVisitors,
  untilStored,
} from '../stage/ledger.ts'
import { type Line, startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'
import { gateTo } from '../stage/tcp-gate.ts'

const dedupWindowMs = 86_400_000
const arrivals = { perSecond: 200, together: 20 }
const openForMs = 1_500
const storedDeadlineMs = 60_000
// Visitors come all the time.
const writtenWithinMs = 1_000
// A batch whose worker was killed waits for its lock of 10 s and the next check within 5 s; then it has to be there.
const pickedUpDeadlineMs = 30_000

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])
const toRedis = await gateTo(services.env.REDIS_URL!)
const apiEnv = { REDIS_URL: toRedis.url }
atEnd(() => toRedis.close())

/**
 * Resolves in the worst moment: Redis has done what the API asked, and the API does not know it yet. On a busy machine the
 * API may have turned to Postgres by itself just before, and is waited for.
 */
async function betweenWriteAndReply(isOpen: () => Promise<void>): Promise<void> {
  for (;;) {
    toRedis.set('mute')
    const wrote = new Promise<boolean>((resolve) => {
      toRedis.watch((_direction, bytes) => {
        if (/\bset\b|exec/i.test(bytes.toString('latin1'))) resolve(true)
        return 'pass'
      })
    })
    const hasWritten = await Promise.race([wrote, Bun.sleep(writtenWithinMs).then(() => false)])
    toRedis.watch(undefined)
    if (hasWritten) return
    toRedis.set('open')
    await isOpen()
  }
}

/** What stays broken. A lead whose answer was lost is asked after by nobody, and may still be on its way. */
async function findLasting(ledger: Ledger): Promise<Broken> {
  const deadline = Date.now() + pickedUpDeadlineMs
  let broken = await findBroken(db, ledger, dedupWindowMs)
  while (broken.phantoms.length > 0 && Date.now() < deadline) {
    await Bun.sleep(200)
    broken = await findBroken(db, ledger, dedupWindowMs)
  }
  return broken
}

/** Visitors arrive all the time; every round API, worker and Redis are killed in one moment and started again. */
async function survive(
  line: Line,
  rounds: number,
  enough: (broken: Broken) => boolean,
  isOpen = async () => {},
): Promise<Broken> {
  let broken = nothingBroken
  for (let round = 0; round < rounds && !enough(broken); round++) {
    // Else nothing is ever written there.
    await isOpen()
    const visitors = sendVisitors({ origin: line.origin, ...arrivals })
    await Bun.sleep(openForMs)
    await betweenWriteAndReply(isOpen)
    await Promise.all([line.api.kill(), line.worker.kill(), services.redis.kill()])
    toRedis.set('open')
    await services.redis.restart()
    await Promise.all([line.api.start(), line.worker.start()])
    await Bun.sleep(openForMs)
    const ledger = await visitors.leave()
    expect(ledger.accepted.length).toBeGreaterThan(100)
    expect(ledger.duplicates.length).toBeGreaterThan(50)
    const neverStored = await untilStored(line.origin, ledger, storedDeadlineMs)
    broken = await findLasting(ledger)
    // A line that stores nothing at all would be caught by anything.
    expect(broken.lost.length).toBeLessThan(ledger.accepted.length / 2)
    broken = { ...broken, lost: [...new Set([...broken.lost, ...neverStored])] }
  }
  return broken
}

test('whoever was answered is kept when API, worker and Redis are killed together', async () => {
  const line = await startLine({ env: services.env, apiEnv })
  try {
    const isOpen = () => untilRedisPath(line.origin, 'open')
    expect(await survive(line, 4, () => false, isOpen)).toEqual(nothingBroken)
  } finally {
    await line.stop()
  }
}, 300_000)

test('the same script finds the leads that SET NX and a job each would lose', async () => {
  const line = await startLine({
    env: services.env,
    apiEnv,
    apiEntry: join(import.meta.dir, '../obvious-way/api.ts'),
  })
  const isBroken = (broken: Broken) => broken.lost.length > 0 || broken.phantoms.length > 0
  try {
    const broken = await survive(line, 30, isBroken)
    expect(isBroken(broken)).toBe(true)
  } finally {
    await line.stop()
  }
}, 300_000)
