import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { plainKeys } from '../../redis/keys.ts'
import { keptOnce, submitTo, until, untilRedisPath } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { findBroken, nothingBroken, sendVisitors, untilStored } from '../stage/ledger.ts'
import { startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'
import { startComposeRedis } from '../stage/shipped-redis.ts'

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])
const folder = mkdtempSync(join(tmpdir(), 'landfast-shipped-'))

async function inCompose(name: string, program?: string) {
  const { server, url } = await startComposeRedis(join(folder, name), program)
  atEnd(() => server.stop())
  return { name, url, server }
}
atEnd(() => rmSync(folder, { recursive: true, force: true }))

/** Every Redis that we give to somebody, started by the script and the settings that they get. */
const shipped = [
  { name: '`bun run start`', url: services.env.REDIS_URL!, server: services.redis },
  await inCompose('docker-compose.yml'),
]
// What is right on one Redis can be wrong on the next.
const other = process.env.OTHER_REDIS_SERVER
if (other) shipped.push(await inCompose(`docker-compose.yml with ${other.replaceAll('/', ' ')}`, other))
else process.stdout.write('OTHER_REDIS_SERVER is not set: one version of Redis is tried, the one on PATH\n')

test.each(shipped)(
  '501 leads that the Redis of $name has acknowledged are whole after kill -9, and stored',
  async ({ url, server }) => {
    const line = await startLine({ env: { ...services.env, REDIS_URL: url } })
    const redis = new Redis(url)
    redis.on('error', () => undefined)
    try {
      await untilRedisPath(line.origin, 'open')
      await line.worker.kill()
      const answers = await Promise.all(Array.from({ length: 501 }, () => submitTo(line.origin, newPhone())))
      expect(answers.map(({ status }) => status)).toEqual(Array(501).fill(202))
      const ids = answers.map(({ id }) => id!)

      await server.kill()
      await server.restart()
      const batches = await redis.lrange(plainKeys.queue('wait'), 0, -1)
      expect(batches.length).toBeGreaterThan(0)
      for (const batch of batches) {
        const job = await redis.hgetall(plainKeys.queue(batch))
        expect(job).toMatchObject({
          name: expect.any(String),
          data: expect.any(String),
          verdict: expect.any(String),
        })
      }

      await line.worker.start()
      await until('every lead has one row', async () => (await keptOnce(db, ids)) === ids.length)
    } finally {
      redis.disconnect()
      await line.stop()
    }
  },
  90_000,
)

test.each(shipped)(
  'a power cut of everything, with the Redis of $name and 50 leads a second, breaks no promise',
  async ({ url, server }) => {
    const line = await startLine({ env: { ...services.env, REDIS_URL: url } })
    try {
      for (let cut = 0; cut < 3; cut++) {
        const visitors = sendVisitors({ origin: line.origin, perSecond: 50, together: 1 })
        await Bun.sleep(1_000)
        // So that something waits in Redis when the power goes.
        await line.worker.kill()
        await Bun.sleep(700)
        await Promise.all([server.kill(), services.postgres.kill(), line.api.kill()])
        await Promise.all([server.restart(), services.postgres.restart()])
        await Promise.all([line.api.start(), line.worker.start()])
        const ledger = await visitors.leave()
        expect(ledger.accepted.length).toBeGreaterThan(20)
        expect(await untilStored(line.origin, ledger, 60_000)).toEqual([])
        expect(await findBroken(db, ledger, 86_400_000)).toEqual(nothingBroken)
      }
    } finally {
      await line.stop()
    }
  },
  180_000,
)
