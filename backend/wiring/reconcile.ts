import type { Config } from '../config.ts'
import type { Installation } from '../leads/installation.ts'
import { type Reconciled, reconcile } from '../leads/reconcile.ts'
import { claimsSince } from '../postgres/claims.ts'
import type { Db } from '../postgres/connection.ts'
import { holdDeliveries } from '../postgres/delivery-hold.ts'
import { raiseHighWater, readInstallation } from '../postgres/installation.ts'
import { keptOf } from '../postgres/quarantine.ts'
import { seedClaims } from '../redis/claims.ts'
import { retryFailedBatches } from '../redis/failed-batches.ts'
import { type Home, homeOf, rememberHighWater } from '../redis/home.ts'
import { shardOfConnection } from '../redis/keys.ts'
import { releasePhantoms } from '../redis/phantoms.ts'
import type { RedisForCommands } from './open.ts'

export type ReconcileOptions = Readonly<{
  config: Pick<Config, 'dedupWindowMs'>
  shards: readonly RedisForCommands[]
  db: Db
  nowMs(): number
  /** Called between two pages. */
  pause(): Promise<void>
  /** Told of each lead that was acknowledged and is in neither store. */
  onGone?(leadId: string): void
}>

/**
 * Compares claims, queue and rows, and mends what differs: for the command and for the worker's chore.
 * @throws Error in one sentence when this Redis is another installation's: all its claims would be without a lead.
 */
export async function reconcileStores(options: ReconcileOptions): Promise<Reconciled> {
  const { shards, db } = options
  const { ours, foreign, putBack } = await homeOfAll(shards, db)
  if (foreign) throw new Error(foreign)
  // Before Redis is told, from whom workers that begin now know it.
  if (putBack) await holdDeliveries(db)
  const found: Reconciled = { claims: 0, released: 0, unreadable: 0, known: 0, told: 0, retried: 0 }
  for (const redis of shards) addTo(found, await reconcileShard(options, redis))
  // Not before: what one of them still holds of leads that are gone is known by the mark it remembers.
  await noteCompared(shards, db, ours)
  return found
}

/** Whose all shards are: another's where one is, and put back where one remembers more. */
export async function homeOfAll(shards: readonly RedisForCommands[], db: Db): Promise<Home> {
  const homes = await Promise.all(shards.map((redis) => homeOf(redis, () => readInstallation(db))))
  return homes.find(({ foreign }) => foreign) ?? homes.find(({ putBack }) => putBack) ?? homes[0]!
}

function addTo(sum: { -readonly [Figure in keyof Reconciled]: number }, more: Reconciled): void {
  for (const figure of Object.keys(sum) as (keyof Reconciled)[]) sum[figure] += more[figure]
}

function reconcileShard(options: ReconcileOptions, redis: RedisForCommands): Promise<Reconciled> {
  const { config, db, nowMs, pause, onGone } = options
  const { dedupWindowMs } = config
  return reconcile({
    retryFailed: () => retryFailedBatches(redis),
    releasePhantoms: () => releasePhantoms({ redis, keptOf: (ids) => keptOf(db, ids), pause, onGone }),
    claimsSince: (since) => claimsSince(db, since, false, shardOfConnection(redis)),
    tell: (claims) => seedClaims(redis, claims, dedupWindowMs, nowMs()),
    pause,
    dedupWindowMs,
    nowMs,
  })
}

/**
 * Notes in both stores that Redis holds no claims of leads that are gone from Postgres, as it was when we were asked who we
 * are: should it be put back to before this moment, Redis knows.
 */
export async function noteCompared(
  shards: readonly RedisForCommands[],
  db: Db,
  ours: Installation | undefined,
): Promise<void> {
  const highWaterMs = ours && (await raiseHighWater(db, ours.highWaterMs))
  if (highWaterMs !== undefined)
    await Promise.all(shards.map((redis) => rememberHighWater(redis, highWaterMs)))
}

// A twentieth of the time at work, so that visitors do not notice; ten million claims are then looked at within the hour.
const restPerWork = 19
const restMsMax = 500

/** Rests after each piece of work for several times as long as it took; rejects once `stop` aborts. */
export function unhurried(stop: AbortSignal): () => Promise<void> {
  let startedAtMs = performance.now()
  return async () => {
    stop.throwIfAborted()
    await Bun.sleep(Math.min(restMsMax, restPerWork * (performance.now() - startedAtMs)))
    stop.throwIfAborted()
    startedAtMs = performance.now()
  }
}
