import packageJson from '../../package.json' with { type: 'json' }
import { connectionFault } from '../connection-fault.ts'
import { type HealthDeps, HealthFault, type Probe } from '../http/health.ts'
import type { Live } from '../live/live.ts'
import { NotOpen, type ObjectStorage } from '../minio/media.ts'
import type { MongoRequestLog } from '../mongo/request-log.ts'
import type { Db } from '../postgres/connection.ts'
import { type DeliveryFigures, deliveryFigures } from '../postgres/delivery-figures.ts'
import { lostInPowerCut } from '../postgres/durability.ts'
import { type Workers, workersHeardOf } from '../postgres/heartbeats.ts'
import { tryToWrite, type WriteRecord, whyNotWritten } from '../postgres/writable.ts'
import { addGauges } from '../prometheus/metrics.ts'
import type { ShardedIntake } from '../redis/sharded-intake.ts'
import type { SharedClock } from '../shared-clock.ts'
import type { Registry } from './open.ts'

export type HealthOptions = Readonly<{
  db: Db
  clock: Pick<SharedClock, 'contradiction'>
  /** What became of leads that this process wrote into Postgres. */
  writes: Pick<WriteRecord, 'refusedBecause'>
  /** Absent with ACK_MODE=pg. */
  intake: ShardedIntake | undefined
  live: Pick<Live, 'current' | 'isLoaded'>
  requestLog: MongoRequestLog | undefined
  media: ObjectStorage | undefined
  registry: Registry
}>

const workerGoneAfterMs = 8_000
const deliveryLateS = 300

/** What one API process says of everything it needs, to people and as gauges. */
export function wireHealth(options: HealthOptions): HealthDeps {
  const { db, writes, intake, live, requestLog, media, registry } = options
  addGauges(registry, {
    lead_workers: {
      help: 'Workers heard of lately; NaN while Postgres is away',
      read: async () => (await workersHeardOf(db, workerGoneAfterMs)).alive,
    },
    mongo_breaker_open: breakerGauge('MongoDB', requestLog),
    object_storage_breaker_open: breakerGauge('object storage', media),
  })
  const probes: Probe[] = [
    { name: 'postgres', vital: true, check: () => postgresOrFault(options) },
    { name: 'redis', vital: true, check: intake && (async () => openOrFault(intake.closedBecause())) },
    { name: 'worker', vital: true, check: () => workersOrFault(options) },
    { name: 'configuration', vital: false, check: async () => loadedOrFault(live) },
    { name: 'mongo', vital: false, check: requestLog && (() => mongoOrFault(requestLog)) },
    {
      name: 'object_storage',
      vital: false,
      check: media && (() => storageOrFault(media)),
    },
    { name: 'deliveries', vital: false, check: () => deliveriesOrFault(db) },
  ]
  return {
    probes,
    refusesBecause: async () => (intake?.isOpen() ? undefined : notWritable({ db, writes })),
    version: packageJson.version,
    nowMs: () => performance.now(),
  }
}

/** 0 also where the part is switched off. */
function breakerGauge(name: string, part: { isLeftAlone(): boolean } | undefined) {
  return {
    help: `1 while ${name} has failed so often that nobody is made to wait for it`,
    read: () => (part?.isLeftAlone() ? 1 : 0),
  }
}

async function asking(name: string, question: Promise<unknown>): Promise<undefined> {
  try {
    await question
  } catch (error) {
    if (error instanceof NotOpen) throw new HealthFault(error.message)
    const fault = connectionFault(error)
    throw new HealthFault(fault ? `${name} cannot be reached: ${fault}` : `${name} does not answer`)
  }
}

async function storageOrFault(media: ObjectStorage): Promise<undefined> {
  await asking('object storage', media.ping(1_000))
  const foreign = media.foreignBecause()
  if (foreign) throw new HealthFault(`its media are served, and are those of others: ${foreign}`)
}

async function mongoOrFault(requestLog: MongoRequestLog): Promise<undefined> {
  const foreign = requestLog.foreignBecause()
  if (foreign) throw new HealthFault(`nothing is written: ${foreign}`)
  await asking('MongoDB', requestLog.ping(1_000))
}

/** Why nothing could be written to Postgres now, or undefined. */
async function notWritable({
  db,
  writes,
}: Pick<HealthOptions, 'db' | 'writes'>): Promise<string | undefined> {
  return tryToWrite(db).then(writes.refusedBecause, whyNotWritten)
}

async function postgresOrFault(options: HealthOptions): Promise<string | undefined> {
  const because = await notWritable(options)
  if (because) throw new HealthFault(because)
  return options.clock.contradiction() ?? (await lostInPowerCut(options.db))
}

function openOrFault(closedBecause: string | undefined): undefined {
  if (closedBecause) throw new HealthFault(`leads go through Postgres: ${closedBecause}`)
}

function loadedOrFault(live: HealthOptions['live']): string {
  if (!live.isLoaded())
    throw new HealthFault('Postgres has not answered yet: flags and experiments are at their defaults')
  return `version ${live.current().version}`
}

async function workersOrFault(options: HealthOptions): Promise<string> {
  const [because, workers] = await Promise.all([
    notWritable(options),
    workersHeardOf(options.db, workerGoneAfterMs).catch((): Workers | undefined => undefined),
  ])
  // A worker that cannot write there cannot say that it is alive.
  if (because || !workers) throw new HealthFault(`unknown: ${because ?? 'Postgres does not answer'}`)
  const { alive, idle, idleBecause } = workers
  if (alive === 0) throw new HealthFault('no worker has been heard of for a while; leads wait in the queue')
  if (idle === alive)
    throw new HealthFault(`no worker takes batches, and leads wait in the queue: ${idleBecause}`)
  return idle === 0 ? `${alive} alive` : `${alive} alive, ${idle} of them idle: ${idleBecause}`
}

/** What waits for a receiver is told, and is no reason to take no leads. */
async function deliveriesOrFault(db: Db): Promise<string> {
  let found: DeliveryFigures
  try {
    found = await deliveryFigures(db)
  } catch {
    throw new HealthFault('unknown while Postgres does not answer')
  }
  const { endpoints, endpointsParked, parked, waiting, oldestWaitingS, isHeld } = found
  if (isHeld)
    throw new HealthFault(
      'nothing is sent: Postgres was put back, and what waits may have been sent before: bun run deliveries resume-all',
    )
  if (endpointsParked > 0 || parked > 0)
    throw new HealthFault(
      `${endpointsParked} endpoints and ${parked} deliveries are parked: bun run deliveries list`,
    )
  if (oldestWaitingS > deliveryLateS)
    throw new HealthFault(
      `${waiting} deliveries wait, the oldest for ${Math.round(oldestWaitingS)} s: bun run deliveries list`,
    )
  return endpoints === 0 ? 'no endpoint' : `${endpoints} endpoints, ${waiting} deliveries wait`
}
