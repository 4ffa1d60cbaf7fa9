import type { Redis } from 'ioredis'
import { createSealInUse, type SealInUse } from '../leads/id-seal.ts'
import type { GatedBatchStore, LeadLookup } from '../leads/ports.ts'
import type { Log } from '../log.ts'
import { createQueueCommit } from './commit.ts'
import { createGate, type Gate, type GateOptions } from './gate.ts'
import { createQueuedLookup } from './queued-leads.ts'
import { type SeedingOptions, tellClaims } from './seeding.ts'

export type RedisIntakeOptions = Readonly<{
  /** From `redisForCommands`; the intake connects it. */
  redis: Redis
  dedupWindowMs: number
  /** Duplicates are kept: who asks for one of them is told that it is queued. */
  keepsDuplicates?: boolean
  /** Under which ids are given out; agreed on with all who share this Redis. Absent: one of its own. */
  seal?: SealInUse
  claimsSince: SeedingOptions['claimsSince']
  nowMs?: SeedingOptions['nowMs']
  installation: GateOptions['installation']
  /** In production a Redis that cannot keep its promise stays closed. */
  refuseUnsafe: boolean
  log: Log
}>

export type RedisIntake = GatedBatchStore &
  LeadLookup &
  Pick<Gate, 'start' | 'settled' | 'closedBecause' | 'refusal'> &
  Readonly<{ stop(): Promise<void> }>

/**
 * The way through Redis: `commit.ts` keeps a batch and takes its claims, while `gate.ts` lets it. The gate opens once
 * `seeding.ts` has told Redis of the claims of the window; `queued-leads.ts` finds what waits.
 */
export function createRedisIntake(options: RedisIntakeOptions): RedisIntake {
  const { redis, dedupWindowMs, refuseUnsafe, seal = createSealInUse(), log } = options
  const onFault = (because: string) => gate.close(because)
  const batches = createQueueCommit({ redis, dedupWindowMs, seal, onFault, log })
  const gate = createGate({
    redis,
    installation: options.installation,
    refuseUnsafe,
    prepare: batches.prepare,
    tellClaims: () => tellClaims(options),
    log,
  })
  return {
    ...gate,
    commit: batches.commit,
    find: createQueuedLookup({ redis, seal, keepsDuplicates: options.keepsDuplicates }).find,
    async stop() {
      gate.stop()
      await batches.stop()
      redis.disconnect()
    },
  }
}
