import { afterAll, expect, test } from 'bun:test'
import { Queue } from 'bullmq'
import fc from 'fast-check'
import { claimsSince } from '../../postgres/claims.ts'
import { readInstallation } from '../../postgres/installation.ts'
import { redisForCommands } from '../../redis/connection.ts'
import { createRedisIntake } from '../../redis/intake.ts'
import { leadsQueue } from '../../redis/keys.ts'
import { anyProgram, windowMs } from '../protocol/programs.ts'
import { breachesOf, runProtocol } from '../protocol/protocol.ts'
import { emptiedStores } from '../protocol/real-stores.ts'
import { freshDatabase, freshRedis, quietLog } from '../stage/engines.ts'

const schedules = 40

const { db } = await freshDatabase()
const url = await freshRedis(10)
const connect = (name: string) => redisForCommands({ url, name, log: quietLog })
const redis = connect('protocol')
await redis.connect()
const queue = new Queue(leadsQueue, { connection: redis.duplicate({ lazyConnect: false }) })
const intake = createRedisIntake({
  redis: connect('protocol-intake'),
  dedupWindowMs: windowMs,
  claimsSince: (since, directOnly) => claimsSince(db, since, directOnly),
  installation: () => readInstallation(db),
  refuseUnsafe: false,
  log: quietLog,
})
intake.start()
await intake.settled(30_000)
await queue.waitUntilReady()
afterAll(async () => {
  await intake.stop()
  await queue.close()
  redis.disconnect()
})

test('on the real stores the protocol keeps every promise, whatever breaks and in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(anyProgram, async (program) => {
      const stores = await emptiedStores({ redis, intake, queue, db }, { windowMs })
      const outcome = await runProtocol(stores, program, { windowMs, startMs: Date.now() })
      expect(breachesOf(outcome, windowMs)).toEqual([])
    }),
    { numRuns: schedules, endOnFailure: true },
  )
}, 60_000)
