import type { Redis } from 'ioredis'
import { noteShards } from '../postgres/installation.ts'
import { readBacklogs } from '../redis/backlog.ts'
import { quietLog } from '../testing/stage/engines.ts'
import { startCluster } from '../testing/stage/redis-cluster.ts'
import { openShards } from '../wiring/open.ts'
import { median, type Round } from './figures.ts'
import { type LoadShape, measurePosts, type Run } from './measure.ts'
import type { Stage } from './stage.ts'

/** Into how many parts phones are divided, and over how many masters of a cluster; absent: in one Redis. */
export type Division = Readonly<{ shards: number; masters?: number }>

export type Divided = Readonly<{ division: Division; runs: readonly (Run & Round)[] }>

type Say = (line: string) => void

const shardsOfCluster = 12
// Enough of them that no shard waits in vain for company: who is answered comes again at once. With half as many no process
// has more to do than it can, and what a turn of its loop costs is shared by fewer.
const connectionsLeast = 4_096
const lookMs = 20

/** What a stored lead costs with each of these divisions, which take turns in every round. */
export async function measureDivided(
  stage: Stage,
  shape: LoadShape,
  wanted: Readonly<{ shards: readonly number[]; masters: readonly number[]; runs: number }>,
  say: Say,
): Promise<Divided[]> {
  const divisions: Division[] = [
    ...wanted.shards.map((shards) => ({ shards })),
    ...wanted.masters.map((masters) => ({ shards: shardsOfCluster, masters })),
  ]
  const found = divisions.map((division) => ({ division, runs: [] as (Run & Round)[] }))
  const many = { ...shape, connections: Math.max(shape.connections, connectionsLeast) }
  try {
    for (let round = 1; round <= wanted.runs; round++)
      for (const { division, runs } of found) {
        const run = await measureOne(stage, many, division)
        runs.push({ ...run, round })
        say(`${inWords(division)}: ${Math.round(run.perSecond)}/s, ${together(run).toFixed(0)} µs a lead`)
      }
  } finally {
    await noteShards(stage.db, 1, 'anew')
  }
  return found
}

async function measureOne(stage: Stage, shape: LoadShape, { shards, masters }: Division): Promise<Run> {
  const cluster = masters === undefined ? undefined : await startCluster({ masters, copies: false })
  const ownUrl = stage.services.env.REDIS_URL!
  const redisUrl = cluster?.url ?? ownUrl
  const connections = openShards({ redisUrl, redisShards: shards }, 'landfast-bench', quietLog)
  try {
    for (const redis of connections) await redis.connect()
    await stage.wipe()
    await noteShards(stage.db, shards, 'anew')
    const env = {
      ...{ REDIS_URL: redisUrl, REDIS_SHARDS: String(shards), REDIS_ACK_REPLICAS: '0' },
      // Of each division, so that what visitors are counted in costs all of them alike.
      REDIS_CACHE_URL: ownUrl,
    }
    return await measurePosts(
      {
        ...stage,
        start: (setup) => stage.start({ ...setup, env: { ...setup.env, ...env } }),
        redisPids: () => [...stage.redisPids(), ...(cluster?.nodes ?? []).map(({ server }) => server.pid)],
        untilDrained: (deadlineMs) => untilEmpty(connections, deadlineMs),
      },
      { counts: true, worker: true },
      shape,
    )
  } finally {
    for (const redis of connections) redis.disconnect()
    await cluster?.stop()
  }
}

async function untilEmpty(shards: readonly Redis[], deadlineMs: number): Promise<void> {
  const deadline = Date.now() + deadlineMs
  while ((await readBacklogs(shards, Date.now())).batches > 0) {
    if (Date.now() > deadline) throw new Error('The worker did not empty the queues in time.')
    await Bun.sleep(lookMs)
  }
}

const parts = ['API', 'Redis', 'worker'] as const
const together = ({ cpuUs }: Run) => parts.reduce((sum, part) => sum + (cpuUs[part] ?? 0), 0)

const inWords = ({ shards, masters }: Division) =>
  `${shards === 1 ? 'one shard' : `${shards} shards`}${masters === undefined ? ' in one Redis' : ` on ${masters} ${masters === 1 ? 'master' : 'masters'}`}`

/** A row for each division: what is stored a second, and what a lead costs, also in what it costs with the first. */
export function dividedRows(found: readonly Divided[]): readonly (readonly string[])[] {
  const [first] = found
  return found.map(({ division, runs }) => [
    inWords(division),
    Math.round(median(runs.map(({ perSecond }) => perSecond))).toLocaleString('en'),
    ...parts.map((part) => median(runs.map(({ cpuUs }) => cpuUs[part] ?? 0)).toFixed(1)),
    median(runs.map(together)).toFixed(1),
    median(
      runs.map(
        (run) => together(run) / together(first!.runs.find(({ round }) => round === run.round) ?? run),
      ),
    ).toFixed(3),
    median(runs.map(({ p50Us }) => p50Us / 1000)).toFixed(1),
  ])
}

export const dividedTitle = `CPU of a stored lead with phones divided, over ${connectionsLeast.toLocaleString('en')} connections or more; masters without replicas`
export const dividedHead = [
  ...['phones divided into', 'stored/s', 'API µs', 'Redis µs', 'worker µs', 'together'],
  ...['of the first', 'p50 ms'],
]
