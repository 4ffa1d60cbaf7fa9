import { sql } from 'kysely'
import { createMemoryNews } from '../../memory/lead-news.ts'
import type { Db } from '../../postgres/connection.ts'
import { recover, recoveredPerSecond } from '../../postgres/delivery-again.ts'
import { setEndpointState } from '../../postgres/delivery-endpoints.ts'
import { deliveryFigures } from '../../postgres/delivery-figures.ts'
import { createLeadTable } from '../../postgres/leads.ts'
import { addReceiver } from '../stage/deliveries.ts'
import { makeLeads } from '../stage/leads.ts'
import { lineSecret } from '../stage/line.ts'
import { type Manner, type Receiver, startReceiver } from '../stage/receiver.ts'
import { type Random, seededRandom } from './random.ts'
import { openScene, type Scene, untilDrained } from './scene.ts'
import { inWords, schedule } from './schedule.ts'
import { happen } from './storm.ts'
import { letVisitorsArrive } from './visitors.ts'

export type DeliveryStormOptions = Readonly<{
  seed: number
  /** The storm ends when so many were accepted and so many processes killed. */
  leads: number
  kills: number
  perSecond: number
  /** What lies between two kills on average. */
  pauseMs: number
  /** How long one receiver is away. */
  downMs: number
  lastsMsMax: number
  /** A worker that tells receivers itself, in place of ours, to show that the storm finds what it loses. */
  workerEntry?: string
  log(line: string): void
  stop: AbortSignal
}>

export type DeliveryStorm = Readonly<{
  accepted: number
  kills: number
  stored: number
  attempts: number
  /** Sentences, a few of each kind. Empty: every promise was kept. */
  faults: readonly string[]
}>

const receiversCount = 3
const dedupWindowMs = 86_400_000
const settleDeadlineMs = 120_000
const shown = 5

/** Receivers that keep ledgers and misbehave, a line that is killed again and again, and what both say at the end. */
export async function deliveryStorm(options: DeliveryStormOptions): Promise<DeliveryStorm> {
  const random = seededRandom(options.seed + 2)
  const receivers = await Promise.all(
    Array.from({ length: receiversCount }, () => startReceiver(unreliable(random), { forgets: true })),
  )
  const urls = receivers.map(({ url }) => url)
  const scene = await openScene({
    ackMode: 'redis',
    ...(options.workerEntry && { workerEntry: options.workerEntry }),
    env: { DELIVERY_ALLOW: '127.0.0.1', OBVIOUS_RECEIVERS: urls.join() },
  })
  try {
    return await storm(options, scene, receivers)
  } finally {
    await scene.close()
    await Promise.all(receivers.map((receiver) => receiver.stop()))
  }
}

/** One in five fails, some break off, a few say nothing until nobody waits any more. */
function unreliable(random: Random): Manner {
  return async () => {
    const luck = random()
    if (luck < 0.2) return new Response('busy', { status: 503 })
    if (luck < 0.23) return 'breaks off'
    if (luck < 0.231) await Bun.sleep(16_000)
    return new Response('thanks')
  }
}

async function storm(
  options: DeliveryStormOptions,
  scene: Scene,
  receivers: readonly Receiver[],
): Promise<DeliveryStorm> {
  const { db } = scene
  const isOurs = options.workerEntry === undefined
  const endpoints = isOurs
    ? await Promise.all(
        receivers.map((receiver) => addReceiver(db, lineSecret, receiver, { concurrency: 16 })),
      )
    : []
  const unsent = await neverToBeSent(db, endpoints)
  const startedMs = Date.now()
  const visitors = letVisitorsArrive({
    origins: [scene.line.origin],
    perSecond: options.perSecond,
    connections: 128,
    random: seededRandom(options.seed + 1),
  })
  const { told } = visitors
  let kills = 0
  const away = receiverAway(receivers[0]!, options.downMs)
  for (const fault of schedule(seededRandom(options.seed), options.pauseMs)) {
    const isReached = told.accepted.ids.length >= options.leads && kills >= options.kills
    if (options.stop.aborted || isReached || Date.now() - startedMs > options.lastsMsMax) break
    if (fault.kind !== 'kill') continue
    options.log(
      `${((Date.now() - startedMs) / 1000).toFixed(1).padStart(6)} s  ${told.accepted.ids.length} accepted  ${inWords(fault)}`,
    )
    await happen(scene, fault)
    kills += fault.targets.length
    await Bun.sleep(fault.pauseMs)
  }
  await visitors.leave()
  await away
  for (const receiver of receivers) receiver.behave(() => new Response('thanks'))
  options.log(`healed; ${told.accepted.ids.length} accepted; waiting until nothing waits`)
  const faults: string[] = []
  if ((await untilDrained(scene.services.env.REDIS_URL!)) === undefined)
    faults.push('the queue was never empty')
  if (isOurs && !(await untilSettled(db, endpoints))) faults.push('deliveries were still waiting at the end')
  const due = await storedIds(db)
  faults.push(
    ...receivers.flatMap((receiver, index) => faultsOf(`receiver ${index + 1}`, receiver, due, unsent)),
  )
  return {
    accepted: told.accepted.ids.length,
    kills,
    stored: due.length,
    attempts: receivers.reduce((sum, receiver) => sum + receiver.count(), 0),
    faults,
  }
}

async function receiverAway(receiver: Receiver, forMs: number): Promise<void> {
  await Bun.sleep(2_000)
  await receiver.stop()
  await Bun.sleep(forMs)
  await receiver.start()
}

/** Leads that are stored while nothing may be sent, and erased, corrected or set aside before something may. */
async function neverToBeSent(db: Db, endpoints: readonly string[]): Promise<ReadonlySet<string>> {
  for (const id of endpoints) await setEndpointState(db, id, 'paused')
  const table = createLeadTable(db, { dedupWindowMs, news: createMemoryNews() })
  const [erased, corrected, aside] = [makeLeads(20), makeLeads(20), makeLeads(20)]
  await table.store(erased)
  await table.store(corrected)
  for (const lead of aside) await table.quarantine(lead, 'the storm says so')
  await sql`delete from leads where id = any(${erased.map(({ id }) => id)}::uuid[])`.execute(db)
  await sql`
    update leads set state = 'corrected', corrected_by = gen_random_uuid()
    where id = any(${corrected.map(({ id }) => id)}::uuid[])`.execute(db)
  for (const id of endpoints) await setEndpointState(db, id, 'on')
  return new Set([...erased, ...corrected, ...aside].map(({ id }) => id))
}

/** As an operator does it who does not want to wait for the next tries; what is sent again leaves at a limited rate. */
async function untilSettled(db: Db, endpoints: readonly string[]): Promise<boolean> {
  const open = async () => {
    const { waiting, parked } = await deliveryFigures(db)
    return waiting + parked
  }
  const deadline = Date.now() + settleDeadlineMs + leavesWithinMs(await open())
  for (let left = await open(); left > 0; left = await open()) {
    if (Date.now() > deadline) return false
    for (const id of endpoints) {
      await recover(db, id, undefined)
      await setEndpointState(db, id, 'on')
    }
    const tryAgainAt = Date.now() + 2_000 + leavesWithinMs(left)
    while (Date.now() < tryAgainAt && (await open()) > 0) await Bun.sleep(250)
  }
  return true
}

const leavesWithinMs = (waiting: number) => (waiting * 1_000) / recoveredPerSecond / receiversCount

async function storedIds(db: Db): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from leads where duplicate_of is null and corrected_by is null`.execute(db)
  return rows.map(({ id }) => id)
}

function faultsOf(
  name: string,
  { ledger, bodies, unverified }: Receiver,
  due: readonly string[],
  unsent: ReadonlySet<string>,
): string[] {
  const kinds = {
    'was not told of': due.filter((id) => !ledger.has(`lead_stored_${id}`)),
    'got another body of': [...bodies].filter(([, each]) => each.size > 1).map(([id]) => id),
    'was told of, though nothing may be sent of it,': [...unsent].filter((id) =>
      bodies.has(`lead_stored_${id}`),
    ),
    'did not believe': unverified,
  }
  return Object.entries(kinds).flatMap(([what, ids]) =>
    ids.length === 0 ? [] : [`${name} ${what} ${ids.length}: ${ids.slice(0, shown).join(', ')}`],
  )
}
