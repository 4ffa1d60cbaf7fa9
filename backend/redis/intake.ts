import type { Redis } from 'ioredis'
import { createSealInUse, type SealInUse } from '../leads/id-seal.ts'
import type { GatedBatchStore, LeadLookup } from '../leads/ports.ts'
import type { Log } from '../log.ts'
import { createQueueCommit } from './commit.ts'
import { another } from './connection.ts'
import { createGate, type Gate, type GateOptions } from './gate.ts'
import { createQueuedLookup } from './queued-leads.ts'
import { type SeedingOptions, tellClaims } from './seeding.ts'
import { runOf } from './vitals.ts'

export type RedisIntakeOptions = Readonly<{
  /** From `redisForCommands`; the intake connects it. */
  redis: Redis
  /** How many replicas have a batch before it is acknowledged. Absent: none. */
  ackReplicas?: number
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
  const { redis, ackReplicas = 0, dedupWindowMs, refuseUnsafe, seal = createSealInUse(), log } = options
  const onFault = (because: string) => gate.close(because)
  // Who waits for replicas holds up all that comes behind on the same connection.
  const commits = ackReplicas > 0 ? another(redis, 'landfast-commits') : redis
  const batches = createQueueCommit({ redis: commits, ackReplicas, dedupWindowMs, seal, onFault, log })
  const gate = createGate({
    redis,
    installation: options.installation,
    refuseUnsafe,
    async prepare() {
      await batches.prepare()
      if (commits !== redis && (await runOf(commits)) !== (await runOf(redis)))
        throw new Error('a new master is appointed just now')
    },
    tellClaims: () => tellClaims(options),
    log,
  })
  return {
    ...gate,
    start() {
      if (commits !== redis) {
        commits.on('close', () => gate.close('connection lost'))
        commits.connect().catch(() => {})
      }
      gate.start()
    },
    commit: batches.commit,
    find: createQueuedLookup({ redis, seal, keepsDuplicates: options.keepsDuplicates }).find,
    async stop() {
      gate.stop()
      await batches.stop()
      commits.disconnect()
      redis.disconnect()
    },
  }
}
