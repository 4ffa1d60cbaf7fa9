import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServices } from '../../local/services.ts'
import { createLog } from '../../log.ts'
import type { Db } from '../../postgres/connection.ts'
import { tagsOfTwelve } from '../../redis/keys.ts'
import { metricAt, until } from '../stage/faults.ts'
import { type Line, startLine } from '../stage/line.ts'
import { readyDatabase } from '../stage/ready-database.ts'
import { adminUser } from '../stage/redis-admin.ts'
import { moveSlot, type RedisCluster, startCluster } from '../stage/redis-cluster.ts'
import { seededRandom } from './random.ts'
import { type ClusterFault, clusterSchedule } from './schedule.ts'
import { judge, type Verdict } from './verdict.ts'
import { letVisitorsArrive, type Told } from './visitors.ts'

export type ClusterStormOptions = Readonly<{
  seed: number
  perSecond: number
  pauseMs: number
  /** The storm ends when both are reached, or `lastsMsMax` is over. */
  until: Readonly<{ faults: number; accepted: number }>
  lastsMsMax: number
  log(line: string): void
  stop: AbortSignal
}>

export type ClusterStorm = Readonly<{ told: Told; verdict: Verdict; faults: number; drained: boolean }>

const dedupWindowMs = 86_400_000
const connections = 256
const drainDeadlineMs = 180_000
// A master is given up after two seconds, and a copy of all there is takes a while.
const healDeadlineMs = 90_000

type Scene = Readonly<{ cluster: RedisCluster; lines: readonly Line[]; db: Db }>

/** Two API and two worker processes on three masters with a replica each, one fault after the other. */
export async function clusterStorm(options: ClusterStormOptions): Promise<ClusterStorm> {
  const folder = mkdtempSync(join(tmpdir(), 'landfast-chaos-'))
  // Postgres may run as another user, who has to pass through.
  chmodSync(folder, 0o755)
  const ends: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
  try {
    const services = await startServices({
      ...{ dataDir: join(folder, 'data'), only: ['postgres', 'redis'], own: true, redisSettings: adminUser },
    })
    ends.push(() => services.stop())
    const cluster = await startCluster()
    ends.push(cluster.stop)
    const log = createLog({ level: 'error', process: 'chaos' })
    const db = await readyDatabase(services, { poolMax: 2, applicationName: 'chaos', log })
    ends.push(() => db.destroy())
    const env = {
      ...{ ...services.env, REDIS_URL: cluster.url, REDIS_CACHE_URL: services.env.REDIS_URL! },
      LOG_LEVEL: 'error',
    }
    const lines: Line[] = []
    ends.push(() => Promise.all(lines.flatMap(({ api, worker }) => [api.kill(), worker.kill()])))
    for (let each = 0; each < 2; each++) lines.push(await startLine({ env }))
    return await storm(options, { cluster, lines, db })
  } finally {
    for (const end of ends.reverse()) await end()
  }
}

async function storm(options: ClusterStormOptions, scene: Scene): Promise<ClusterStorm> {
  const { cluster, lines, db } = scene
  const startedMs = Date.now()
  const lastedMs = () => Date.now() - startedMs
  await untilWell(scene)
  const visitors = letVisitorsArrive({
    origins: lines.map(({ origin }) => origin),
    perSecond: options.perSecond,
    connections,
    random: seededRandom(options.seed + 1),
  })
  const { told } = visitors
  let faults = 0
  for (const fault of clusterSchedule(seededRandom(options.seed), options.pauseMs)) {
    const isReached = faults >= options.until.faults && told.accepted.ids.length >= options.until.accepted
    if (options.stop.aborted || isReached || lastedMs() > options.lastsMsMax) break
    options.log(
      `${(lastedMs() / 1000).toFixed(1).padStart(6)} s  ${String(told.accepted.ids.length).padStart(8)} accepted  ${JSON.stringify(fault)}`,
    )
    await happen(scene, fault)
    faults++
    // One machine at a time is what a 202 survives.
    await untilWell(scene)
    await Bun.sleep(fault.pauseMs)
  }
  await visitors.leave()
  options.log(`healed; ${told.accepted.ids.length} accepted; waiting for the queues to be empty`)
  const waiting = () => metricAt(lines[0]!.workerOrigin, 'lead_batches_waiting')
  const drained = await until(
    'the queues are empty',
    async () => (await waiting()) === 0,
    drainDeadlineMs,
  ).then(
    () => true,
    () => false,
  )
  await cluster.whole(healDeadlineMs)
  return { told, verdict: await judge(db, told, dedupWindowMs), faults, drained }
}

/** Each master has its copy again, and every shard is open in both API processes. */
async function untilWell({ cluster, lines }: Scene): Promise<void> {
  await cluster.whole(healDeadlineMs)
  const isOpen = async ({ origin }: Line) => (await metricAt(origin, 'redis_path_open')) === 1
  await until(
    'every shard is open',
    async () => (await Promise.all(lines.map(isOpen))).every(Boolean),
    healDeadlineMs,
  )
}

async function happen({ cluster, lines }: Scene, fault: ClusterFault): Promise<void> {
  const slot = tagsOfTwelve[fault.shard]![1]
  const master = await cluster.masterOf(slot)
  switch (fault.kind) {
    case 'kill master':
      await master.server.kill()
      await Bun.sleep(fault.forMs)
      return master.server.restart()
    case 'freeze master':
      // As a machine that dies without a word; what it was sent it still does when it is back.
      await master.server.kill('SIGSTOP')
      await Bun.sleep(fault.forMs)
      return master.server.kill('SIGCONT')
    case 'cut off master':
      // From the other nodes: it goes on answering, until it notices that it is alone.
      await cluster.cutOff(master)
      await Bun.sleep(fault.forMs)
      return cluster.joinAgain()
    case 'planned switch':
      await (await cluster.replicaOf(master)).admin.call('cluster', 'failover')
      return
    case 'move slot': {
      const masters = await Promise.all(tagsOfTwelve.map(([, each]) => cluster.masterOf(each)))
      const next = [...masters.slice(fault.shard), ...masters].find(({ id }) => id !== master.id)
      return next && moveSlot(slot, master, next)
    }
    case 'kill api':
    case 'kill worker': {
      const line = lines[fault.shard % lines.length]!
      const process = fault.kind === 'kill api' ? line.api : line.worker
      await process.kill()
      await Bun.sleep(fault.forMs)
      return process.start()
    }
  }
}
