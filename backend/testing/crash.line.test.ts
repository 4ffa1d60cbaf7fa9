import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { type Broken, findBroken, nothingBroken, sendVisitors, untilStored } from './ledger.ts'
import { type Line, startLine } from './line.ts'
import { ownServices } from './own-services.ts'

const dedupWindowMs = 86_400_000
const arrivals = { perSecond: 200, together: 20 }
const openForMs = 1_500
const storedDeadlineMs = 60_000

const { services, db } = await ownServices(['postgres', 'redis'])

/** Visitors arrive all the time; every round API, worker and Redis are killed in one moment and started again. */
async function survive(line: Line, rounds: number, enough: (broken: Broken) => boolean): Promise<Broken> {
  let broken = nothingBroken
  for (let round = 0; round < rounds && !enough(broken); round++) {
    const visitors = sendVisitors({ origin: line.origin, ...arrivals })
    await Bun.sleep(openForMs)
    await Promise.all([line.api.kill(), line.worker.kill(), services.redis.kill()])
    await services.redis.restart()
    await Promise.all([line.api.start(), line.worker.start()])
    await Bun.sleep(openForMs)
    const ledger = await visitors.leave()
    expect(ledger.accepted.length).toBeGreaterThan(100)
    expect(ledger.duplicates.length).toBeGreaterThan(50)
    const neverStored = await untilStored(line.origin, ledger, storedDeadlineMs)
    broken = await findBroken(db, ledger, dedupWindowMs)
    broken = { ...broken, lost: [...new Set([...broken.lost, ...neverStored])] }
  }
  return broken
}

test('whoever was answered is kept when API, worker and Redis are killed together', async () => {
  const line = await startLine({ env: services.env })
  try {
    expect(await survive(line, 4, () => false)).toEqual(nothingBroken)
  } finally {
    await line.stop()
  }
}, 180_000)

test('the same script finds the leads that SET NX and a job each would lose', async () => {
  const line = await startLine({
    env: services.env,
    apiEntry: join(import.meta.dir, 'obvious-way/api.ts'),
  })
  const isBroken = (broken: Broken) => broken.lost.length > 0 || broken.phantoms.length > 0
  try {
    const broken = await survive(line, 30, isBroken)
    expect(isBroken(broken)).toBe(true)
  } finally {
    await line.stop()
  }
}, 300_000)
