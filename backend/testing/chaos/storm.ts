import { join } from 'node:path'
import { sql } from 'kysely'
import { redisAdmin } from '../stage/redis-admin.ts'
import { seededRandom } from './random.ts'
import { openScene, type Scene, untilDrained } from './scene.ts'
import { type Fault, inWords, schedule, type Target } from './schedule.ts'
import { judge, type Verdict } from './verdict.ts'
import { letVisitorsArrive, type Told } from './visitors.ts'

export type StormOptions = Readonly<{
  ackMode: 'redis' | 'pg'
  seed: number
  perSecond: number
  /** What lies between two faults on average. */
  pauseMs: number
  /** The storm ends when all of these are reached, or `lastsMsMax` is over. */
  until: Readonly<{ lastsMs: number; kills: number; accepted: number }>
  lastsMsMax: number
  /** The wrong design in place of our API. */
  obviousWay: boolean
  log(line: string): void
  /** Ends the storm early; it is still healed and judged. */
  stop: AbortSignal
}>

export type Storm = Readonly<{
  told: Told
  verdict: Verdict
  kills: Readonly<Record<Target, number>>
  lastedMs: number
  /** Undefined: the queue did not get empty. */
  drainedMs: number | undefined
  journal: readonly Readonly<{ atMs: number; what: string }>[]
}>

const dedupWindowMs = 86_400_000
const connections = 256
const calmMs = 2_000

/** Lets visitors arrive at a line of its own while the scheduled faults happen, heals it, and judges what is left. */
export async function weather(options: StormOptions): Promise<Storm> {
  const scene = await openScene({
    ackMode: options.ackMode,
    ...(options.obviousWay && { apiEntry: join(import.meta.dir, '../obvious-way/api.ts') }),
  })
  try {
    return await storm(options, scene)
  } finally {
    await scene.close()
  }
}

async function storm(options: StormOptions, scene: Scene): Promise<Storm> {
  const { until } = options
  const startedMs = Date.now()
  const lastedMs = () => Date.now() - startedMs
  const journal: { atMs: number; what: string }[] = []
  const kills: Record<Target, number> = { api: 0, worker: 0, redis: 0, postgres: 0 }
  const killed = () => Object.values(kills).reduce((sum, count) => sum + count, 0)
  const visitors = letVisitorsArrive({
    origins: [scene.line.origin],
    perSecond: options.perSecond,
    connections,
    random: seededRandom(options.seed + 1),
  })
  const { told } = visitors
  const reached = () =>
    lastedMs() >= until.lastsMs && killed() >= until.kills && told.accepted.ids.length >= until.accepted
  await Bun.sleep(calmMs)
  for (const fault of schedule(seededRandom(options.seed), options.pauseMs)) {
    if (options.stop.aborted || reached() || lastedMs() > options.lastsMsMax) break
    journal.push({ atMs: Date.now(), what: inWords(fault) })
    options.log(
      `${(lastedMs() / 1000).toFixed(1).padStart(6)} s  ${String(told.accepted.ids.length).padStart(8)} accepted  ${inWords(fault)}`,
    )
    await happen(scene, fault)
    journal.push({ atMs: Date.now(), what: `over: ${inWords(fault)}` })
    if (fault.kind === 'kill') for (const target of fault.targets) kills[target]++
    await Bun.sleep(fault.pauseMs)
  }
  const stormMs = lastedMs()
  await Bun.sleep(calmMs)
  await visitors.leave()
  options.log(`healed; ${told.accepted.ids.length} accepted; waiting for the queue to be empty`)
  const drainedMs = await untilDrained(scene.services.env.REDIS_URL!)
  return {
    told,
    verdict: await judge(scene.db, told, dedupWindowMs),
    kills,
    lastedMs: stormMs,
    drainedMs,
    journal,
  }
}

/** Does a fault to the line, and heals what it broke. */
export async function happen({ services, gate, db, line }: Scene, fault: Fault): Promise<void> {
  switch (fault.kind) {
    case 'kill': {
      const processes = {
        api: { kill: () => line.api.kill(), start: () => line.api.start() },
        worker: { kill: () => line.worker.kill(), start: () => line.worker.start() },
        redis: { kill: () => services.redis.kill(), start: () => services.redis.restart() },
        postgres: { kill: () => services.postgres.kill(), start: () => services.postgres.restart() },
      }
      if (fault.targets.includes('api') && fault.unheardMs > 0) {
        gate.set('mute')
        await Bun.sleep(fault.unheardMs)
      }
      await Promise.all(fault.targets.map((target) => processes[target].kill()))
      gate.set('open')
      await Bun.sleep(fault.downMs)
      await Promise.all(fault.targets.map((target) => processes[target].start()))
      return
    }
    case 'freeze worker':
      await line.worker.kill('SIGSTOP')
      await Bun.sleep(fault.forMs)
      return line.worker.kill('SIGCONT')
    case 'hold redis':
    case 'cut redis':
      gate.set(fault.kind === 'hold redis' ? 'held' : 'shut')
      await Bun.sleep(fault.forMs)
      return gate.set('open')
    case 'flush scripts': {
      const redis = redisAdmin(services.env.REDIS_URL!)
      await redis.script('FLUSH')
      return redis.disconnect()
    }
    case 'end postgres connections':
      await sql`
        select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'landfast-%'`.execute(
        db,
      )
  }
}
