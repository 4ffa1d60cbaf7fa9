import { join } from 'node:path'
import { sql } from 'kysely'
import { setEndpointState } from '../postgres/delivery-endpoints.ts'
import { addEndpointFor } from '../testing/stage/deliveries.ts'
import { type Line, lineSecret } from '../testing/stage/line.ts'
import { median, pairedRatio, type Round } from './figures.ts'
import { ownGenerator } from './load.ts'
import { type LoadShape, measurePosts, type Run } from './measure.ts'
import type { Received } from './receivers.ts'
import type { Stage } from './stage.ts'
import { postPlans } from './subjects.ts'

/** What deliveries do beside a running line. Times are from the transaction that stored a lead to its first byte. */
export type DeliveriesRun = Readonly<{
  /** A second, to receivers that answer at once, of what had waited for them while visitors went on coming. */
  perSecond: number
  /** At `calmPerSecond` leads and `receivers` receivers. */
  calm: Received
  /** Of good endpoints among many, without and with one that never answers. */
  good: Received
  besideOneThatHangs: Received
  /** Leads stored a second with endpoints, of those without any. */
  storedRatio: number
  /** CPU of our programs for each lead stored, of that without endpoints: other programs do not change it much. */
  cpuRatio: number
}>

const receivers = 3
const calmPerSecond = 200
const waitingPerSecond = 2_000
const manyEndpoints = 49
const manyPerSecond = 20
const settleDeadlineMs = 120_000

export const deliveriesPlan = { receivers, calmPerSecond, manyEndpoints, manyPerSecond } as const

/** Measures deliveries to receivers in a process of their own. The stores are emptied. */
export async function measureDeliveries(
  stage: Stage,
  shape: LoadShape,
  rounds: number,
  say: (line: string) => void,
): Promise<DeliveriesRun> {
  const program = join(import.meta.dir, 'receivers.ts')
  const child = Bun.spawn([process.execPath, '--no-env-file', program], { stdin: 'ignore', stdout: 'pipe' })
  try {
    const reader = child.stdout.getReader()
    const { value } = await reader.read()
    const origin = `http://127.0.0.1:${new TextDecoder().decode(value).trim()}`
    const received = async () => (await (await fetch(origin)).json()) as Received
    const add = (path: string) => addEndpointFor(stage.db, lineSecret, { url: `${origin}${path}` })

    const stored: Record<'with' | 'without', (Run & Round)[]> = { with: [], without: [] }
    for (let round = 1; round <= rounds; round++)
      for (const name of ['without', 'with'] as const) {
        await empty(stage)
        if (name === 'with') for (let at = 0; at < receivers; at++) await add(`/${at}`)
        const run = await measurePosts(stage, { ...postPlans.c, env: allowed }, shape)
        stored[name].push({ ...run, round })
        say(`${name} endpoints ${Math.round(run.perSecond)}/s stored`)
      }

    await empty(stage)
    const line = await stage.start({ worker: true, env: allowed })
    try {
      const visitors = (perSecond: number, seconds = shape.seconds) =>
        ownGenerator({ origin: line.origin, run: shape.nextRun(), seconds, connections: 64, perSecond })
      const ids: string[] = []
      for (let at = 0; at < receivers; at++) ids.push((await add(`/${at}`)).id)
      await visitors(calmPerSecond, shape.warmUpSeconds)
      await untilSettled(stage)
      await received()
      await visitors(calmPerSecond)
      await untilSettled(stage)
      const calm = await received()
      say(`at ${calmPerSecond} leads a second: p99 ${calm.p99Ms} ms`)

      const perSecond = await measureBacklog(stage, line, { ids, visitors, received })
      say(`${Math.round(perSecond)} deliveries/s`)

      await sql`delete from delivery_endpoints`.execute(stage.db)
      for (let at = 0; at < manyEndpoints; at++) await add(`/${at}`)
      const goodOf = async () => {
        await visitors(manyPerSecond, shape.warmUpSeconds)
        await received()
        await visitors(manyPerSecond)
        // What hangs is never settled; what came until now was on its way in the same time.
        return received()
      }
      const good = await goodOf()
      await add('/hangs')
      const besideOneThatHangs = await goodOf()
      say(`beside one that hangs: p99 ${besideOneThatHangs.p99Ms} ms, without it ${good.p99Ms}`)
      return {
        perSecond,
        calm,
        good,
        besideOneThatHangs,
        storedRatio: pairedRatio(stored.with, stored.without),
        cpuRatio: cpuOf(stored.with) / cpuOf(stored.without),
      }
    } finally {
      await line.stop()
    }
  } finally {
    child.kill()
    await child.exited
  }
}

const cpuOf = (runs: readonly Run[]) =>
  median(
    runs.map(({ cpuUs: { generator: _, ...ours } }) => Object.values(ours).reduce((sum, us) => sum + us, 0)),
  )

const allowed = { DELIVERY_ALLOW: '127.0.0.1' }

async function empty(stage: Stage): Promise<void> {
  await stage.wipe()
  await sql`truncate delivery_endpoints, deliveries, delivery_attempts, delivery_batches, delivery_events`.execute(
    stage.db,
  )
}

async function untilSettled(stage: Stage): Promise<void> {
  const deadline = Date.now() + settleDeadlineMs
  for (;;) {
    const { rows } = await sql<{ open: boolean }>`
      select exists (select from delivery_batches) or exists (select from deliveries where state = 'waiting') as open`.execute(
      stage.db,
    )
    if (!rows[0]!.open) return
    if (Date.now() > deadline) throw new Error('the deliveries were not made in time')
    await Bun.sleep(20)
  }
}

/** How fast goes out what has waited for endpoints that were paused, while visitors go on coming. */
async function measureBacklog(
  stage: Stage,
  line: Line,
  {
    ids,
    visitors,
    received,
  }: Readonly<{
    ids: readonly string[]
    visitors(perSecond: number, seconds?: number): Promise<unknown>
    received(): Promise<Received>
  }>,
): Promise<number> {
  for (const id of ids) await setEndpointState(stage.db, id, 'paused')
  await visitors(waitingPerSecond)
  await stage.untilDrained(settleDeadlineMs)
  if (line.worker.pid === undefined) throw new Error('the worker has ended')
  await received()
  const coming = visitors(calmPerSecond)
  const startedAtMs = performance.now()
  for (const id of ids) await setEndpointState(stage.db, id, 'on')
  await untilSettled(stage)
  const tookS = (performance.now() - startedAtMs) / 1000
  const { count } = await received()
  await coming
  return count / tookS
}
