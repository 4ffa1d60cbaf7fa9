import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Services, startServices } from '../local/services.ts'
import { connectPostgres, type Db } from '../postgres/connection.ts'
import { migrate } from '../postgres/migrate.ts'
import { ensurePartitions } from '../postgres/partitions.ts'
import { quietLog } from './engines.ts'
import { type Broken, findBroken, nothingBroken, sendVisitors, untilStored } from './ledger.ts'
import { type Line, startLine } from './line.ts'

// Redis is killed here, so these tests run servers of their own.
const dedupWindowMs = 86_400_000
const arrivals = { perSecond: 200, together: 20 }
const openForMs = 1_500
const storedDeadlineMs = 60_000

const folder = mkdtempSync(join(tmpdir(), 'landfast-crash-'))
const services: Services = await startServices({ dataDir: folder, only: ['postgres', 'redis'], own: true })
const db: Db = connectPostgres({
  url: services.env.DATABASE_URL!,
  poolMax: 4,
  applicationName: 'crash-test',
  log: quietLog,
})
await migrate(db)
await ensurePartitions(db, new Date())
afterAll(async () => {
  await db.destroy()
  await services.stop()
  rmSync(folder, { recursive: true, force: true })
})

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
