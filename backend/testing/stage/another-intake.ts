import { claimsSince } from '../../postgres/claims.ts'
import type { Db } from '../../postgres/connection.ts'
import { readInstallation } from '../../postgres/installation.ts'
import { redisForCommands } from '../../redis/connection.ts'
import { createRedisIntake } from '../../redis/intake.ts'
import { quietLog } from './engines.ts'
import { keptOnce, until } from './faults.ts'
import { makeBatch, makeLeads } from './leads.ts'

type At = Pick<Parameters<typeof redisForCommands>[0], 'url' | 'shard'>

const dayMs = 86_400_000

/**
 * Leads taken by an API beside the line, once a master is there that takes any, and stored by the line's worker. It asks for no
 * replica, as there may be none.
 */
export async function storedThroughAnother(db: Db, at: At, opens: string): Promise<void> {
  const intake = createRedisIntake({
    redis: redisForCommands({ ...at, name: 'of-the-test', log: quietLog }),
    dedupWindowMs: dayMs,
    claimsSince: (since, directOnly) => claimsSince(db, since, directOnly),
    installation: () => readInstallation(db),
    refuseUnsafe: true,
    log: quietLog,
  })
  try {
    intake.start()
    await until(opens, () => intake.isOpen())
    const batch = makeBatch(makeLeads(3))
    await intake.commit(batch)
    const waiting = batch.leads.map(({ id }) => id)
    await until('the worker is there as well', async () => (await keptOnce(db, waiting)) === 3)
  } finally {
    await intake.stop()
  }
}
