import { readFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import type { BenchOptions } from './arguments.ts'
import { type DeliveriesRun, measureDeliveries } from './deliveries.ts'
import { type Divided, measureDivided } from './divided.ts'
import { pairedRatio, type Round } from './figures.ts'
import { seedLeads } from './growth.ts'
import { closedLoopBy } from './load.ts'
import { type LoadShape, measurePage, measurePosts, type Run } from './measure.ts'
import { type ServedPage, startNginx } from './nginx.ts'
import { measureOpenLoop, type OpenLoop } from './open-loop.ts'
import { measureStats, type StatsRun } from './results.ts'
import { type Stage, setStage } from './stage.ts'
import { type Goal, goals, isPosted, type MeasuredName, measuredNames, postPlans } from './subjects.ts'

/** Everything one bench found. */
export type BenchResult = Readonly<{
  date: string
  machine: Readonly<{ cores: number; processor: string; system: string }>
  versions: Readonly<Record<string, string>>
  generator: string
  shape: Readonly<{ runs: number; seconds: number; connections: number }>
  runs: Readonly<Partial<Record<MeasuredName, readonly (Run & Round)[]>>>
  ratios: readonly (Goal & Readonly<{ value: number }>)[]
  pageBytes?: number
  openLoop?: Readonly<{ capacityPerSecond: number; loads: readonly OpenLoop[] }>
  growth: readonly Readonly<{ leads: number; runs: Readonly<Record<GrownName, readonly (Run & Round)[]>> }>[]
  deliveries?: DeliveriesRun
  divided?: readonly Divided[]
  stats?: readonly StatsRun[]
  /** What could not be measured, and why. */
  missing: readonly string[]
}>

type Say = (line: string) => void

// Bare knows of no leads; it tells how fast the machine was, as minutes lie between one size and the next.
const grownNames = ['a', 'b', 'c'] as const
type GrownName = (typeof grownNames)[number]

const statsCounts = [10_000, 1_000_000, 10_000_000]

/** Measures what is asked for, the subjects taking turns in each round. */
export async function bench(options: BenchOptions, say: Say): Promise<BenchResult> {
  const wanted = new Set<string>(options.only)
  const missing: string[] = []
  const stage = await setStage(
    wanted.has('c2') || wanted.has('all') ? ['postgres', 'redis', 'mongo'] : ['postgres', 'redis'],
    say,
  )
  try {
    let run = 1_000
    const shape: LoadShape = { ...options, nextRun: () => run++ }
    if ((wanted.has('c2') || wanted.has('all')) && stage.services.mongo.state !== 'running') {
      wanted.delete('c2')
      wanted.delete('all')
      missing.push(`the request log: ${stage.services.mongo.how}`)
    }
    const runs: Partial<Record<MeasuredName, (Run & Round)[]>> = {}
    let round = 1
    const keep = (name: MeasuredName, each: Run) => {
      runs[name] ??= []
      runs[name].push({ ...each, round })
      say(`${name.padEnd(5)} ${Math.round(each.perSecond)}/s`)
    }
    let pageBytes: number | undefined
    // One subject that cannot be measured, or not this time, must not cost the figures of the others.
    const orMissing = async (what: string, measure: () => Promise<void>) =>
      measure().catch((error: Error) => {
        const [why = ''] = error.message.split('\n')
        say(`${what}: ${why}`)
        missing.push(`${what}: ${why}`)
      })
    for (; round <= options.runs; round++) {
      say(`Round ${round} of ${options.runs}`)
      for (const name of measuredNames)
        if (isPosted(name) && wanted.has(name)) {
          await orMissing(`${name} in round ${round}`, async () => {
            await stage.wipe()
            keep(name, await measurePosts(stage, postPlans[name], shape))
          })
        }
      if (wanted.has('e'))
        await orMissing(`e in round ${round}`, async () => {
          // Else the API begins by telling Redis of every lead that the round before took through Postgres.
          await stage.wipe()
          pageBytes = await measurePages(stage, shape, keep, missing)
        })
    }
    const growth: BenchResult['growth'][number][] = []
    for (const leads of options.grow)
      await orMissing(`growth to ${leads} leads`, async () => {
        growth.push(await grown(stage, shape, leads, options.runs, say))
      })
    let openLoop: BenchResult['openLoop']
    if (wanted.has('open'))
      await orMissing('the open loops', async () => {
        openLoop = await measureOpenLoop(stage, shape)
      })
    let deliveries: BenchResult['deliveries']
    if (wanted.has('deliveries'))
      await orMissing('the deliveries', async () => {
        deliveries = await measureDeliveries(stage, shape, options.runs, say)
      })
    let divided: BenchResult['divided']
    if (options.shards.length + options.masters.length > 0)
      await orMissing('the divisions', async () => {
        divided = await measureDivided(stage, shape, options, say)
      })
    let stats: BenchResult['stats']
    if (wanted.has('stats'))
      await orMissing('the results', async () => {
        stats = await measureStats(stage, statsCounts, say)
      })
    return {
      date: new Date().toISOString(),
      machine: { cores: availableParallelism(), processor: cpus()[0]?.model ?? '', system: systemName() },
      versions: await versionsOf(stage),
      generator: closedLoopBy(),
      shape: { runs: options.runs, seconds: options.seconds, connections: options.connections },
      runs,
      ratios: goals.flatMap((goal) => {
        const value = pairedRatio(runs[goal.of] ?? [], runs[goal.to] ?? [])
        return Number.isNaN(value) ? [] : [{ ...goal, value }]
      }),
      ...(pageBytes !== undefined && { pageBytes }),
      ...(openLoop && { openLoop }),
      growth,
      ...(deliveries && { deliveries }),
      ...(divided && { divided }),
      ...(stats && { stats }),
      missing: [...new Set(missing)],
    }
  } finally {
    await stage.stop()
  }
}

async function measurePages(
  stage: Stage,
  shape: LoadShape,
  keep: (name: MeasuredName, run: Run) => void,
  missing: string[],
): Promise<number> {
  const line = await stage.start({})
  let page: ServedPage
  try {
    page = await asBrowsersGetIt(line.origin)
    if (!Bun.which('wrk')) {
      missing.push('the page: it needs wrk (apt-get install wrk)')
      return page.body.byteLength
    }
    const visit = { url: `${line.origin}/`, name: 'API', pid: () => line.api.pid }
    const cookie = page.headers
      .getSetCookie()
      .map((text) => text.split(';', 1)[0])
      .join('; ')
    keep('page', await measurePage({ ...visit, cookie }, shape))
    keep('page1', await measurePage(visit, shape))
  } finally {
    await line.stop()
  }
  const program = Bun.which('nginx', { PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` })
  if (!program) {
    missing.push('nginx: it is not on PATH (apt-get install nginx-light)')
    return page.body.byteLength
  }
  const nginx = await startNginx(program, { folder: stage.folder, page })
  try {
    keep('nginx', await measurePage({ url: `${nginx.origin}/`, name: 'nginx', pid: () => nginx.pid }, shape))
  } finally {
    await nginx.stop()
  }
  return page.body.byteLength
}

/** The page in its smallest form, which is ready some moments after the first who asks for it. */
async function asBrowsersGetIt(origin: string): Promise<ServedPage> {
  while (true) {
    const answer = await fetch(origin, { headers: { 'accept-encoding': 'gzip, br' }, decompress: false })
    if (answer.headers.get('content-encoding') === 'br')
      return { headers: answer.headers, body: await answer.bytes() }
    await answer.bytes()
    await Bun.sleep(20)
  }
}

/** The line with so many leads and claims already there. */
async function grown(stage: Stage, shape: LoadShape, leads: number, rounds: number, say: Say) {
  await stage.wipe()
  await seedLeads(stage, leads)
  const runs: Record<GrownName, (Run & Round)[]> = { a: [], b: [], c: [] }
  for (let round = 1; round <= rounds; round++)
    for (const name of grownNames) {
      await stage.unqueue()
      const run = await measurePosts(stage, postPlans[name], shape)
      runs[name].push({ ...run, round })
      say(`${name.padEnd(5)} ${Math.round(run.perSecond)}/s with ${leads} leads there`)
    }
  return { leads, runs }
}

async function versionsOf(stage: Stage): Promise<Record<string, string>> {
  const redis = /redis_version:(\S+)/.exec(await stage.redis.info('server'))?.[1] ?? ''
  const postgres = /Postgres (\d+)/.exec(stage.services.postgres.how)?.[1] ?? ''
  return { Bun: Bun.version, Redis: redis, Postgres: postgres }
}

function systemName(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? process.platform
  } catch {
    return process.platform
  }
}
