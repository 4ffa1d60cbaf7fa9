import { between, seededRandom } from './random.ts'
import { openScene, type Scene, untilCaughtUp, untilDrained } from './scene.ts'
import { type Breach, judge, type Verdict } from './verdict.ts'
import { letVisitorsArrive, type Told } from './visitors.ts'

/** How long each store is gone, one after the other and then together, in milliseconds. */
export type OutagePlan = Readonly<{ redisMs: number; postgresMs: number; bothMs: number }>

export const longPlan: OutagePlan = { redisMs: 120_000, postgresMs: 300_000, bothMs: 30_000 }
export const shortPlan: OutagePlan = { redisMs: 4_000, postgresMs: 4_000, bothMs: 4_000 }

export type OutageOptions = Readonly<{
  plan: OutagePlan
  perSecond: number
  seed: number
  log(line: string): void
}>

/** What visitors were told while this was gone, from the moment at which the line knew of it. */
export type Act = Readonly<{
  gone: string
  lastedMs: number
  accepted: number
  refused: number
  unanswered: number
}>

export type Outage = Readonly<{
  acts: readonly Act[]
  told: Told
  verdict: Verdict
  drainedMs: number | undefined
  /** Everything that was not as promised, in words. Empty: nothing was lost and nobody was turned away needlessly. */
  faults: readonly string[]
}>

const connections = 128
const dedupWindowMs = 86_400_000
const calmMs = 2_000
// The first answers after a loss may still wait for the store that is gone.
const noticedMs = 3_000
// A few in a thousand may have been on a connection that broke.
const unansweredShareMax = 0.005

/** Takes Redis, Postgres and then both away from a line under load, gives them back, and judges what is left. */
export async function outage(options: OutageOptions): Promise<Outage> {
  const scene = await openScene({ ackMode: 'redis' })
  try {
    return await play(options, scene)
  } finally {
    await scene.close()
  }
}

async function play({ plan, perSecond, seed, log }: OutageOptions, scene: Scene): Promise<Outage> {
  const { services, db } = scene
  const random = seededRandom(seed)
  const visitors = letVisitorsArrive({ origins: [scene.line.origin], perSecond, connections, random })
  const { told } = visitors
  const count = (status: number) => told.statuses.get(status) ?? 0
  const acts: Act[] = []

  async function act(gone: string, forMs: number, stores: readonly ('redis' | 'postgres')[]): Promise<void> {
    log(`without ${gone} for ${(forMs / 1000).toFixed(0)} s; ${count(202)} accepted so far`)
    await Promise.all(stores.map((name) => services[name].kill()))
    const startedMs = Date.now()
    await Bun.sleep(Math.min(noticedMs, forMs / 2))
    const before = { accepted: count(202), refused: count(503), unanswered: count(0) }
    await Bun.sleep(forMs - (Date.now() - startedMs))
    acts.push({
      gone,
      lastedMs: Date.now() - startedMs,
      accepted: count(202) - before.accepted,
      refused: count(503) - before.refused,
      unanswered: count(0) - before.unanswered,
    })
    await Promise.all(stores.map((name) => services[name].restart()))
    await Bun.sleep(calmMs + between(random, 0, 1_000))
  }

  await Bun.sleep(calmMs)
  await act('Redis', plan.redisMs, ['redis'])
  await act('Postgres', plan.postgresMs, ['postgres'])
  log('Postgres is back; waiting until what waited for it is stored')
  const drainedMs = await untilCaughtUp(services.env.REDIS_URL!)
  await act('both', plan.bothMs, ['redis', 'postgres'])
  await acceptedAgain(told)
  await visitors.leave()
  log(`healed; ${told.accepted.ids.length} accepted; waiting for the queue to be empty`)
  const drained = await untilDrained(services.env.REDIS_URL!)
  const verdict = await judge(db, told, dedupWindowMs)
  const outcome = { acts, told, verdict, drainedMs }
  return { ...outcome, faults: faultsOf(outcome, drained !== undefined) }
}

const acceptedAgainDeadlineMs = 20_000

async function acceptedAgain(told: Told): Promise<void> {
  const before = told.accepted.ids.length
  const deadline = Date.now() + acceptedAgainDeadlineMs
  while (told.accepted.ids.length <= before + connections && Date.now() < deadline) await Bun.sleep(50)
}

function faultsOf({ acts, told, verdict, drainedMs }: Omit<Outage, 'faults'>, isEmpty: boolean): string[] {
  const faults = verdict.breaches.map(({ what, who, atMs }: Breach) => `${what}: ${who}, at ${atMs}`)
  for (const { gone, accepted, refused, unanswered } of acts) {
    const all = accepted + refused + unanswered
    if (gone === 'both' && accepted > 0) faults.push(`${accepted} were accepted with both stores gone`)
    if (gone === 'both' && refused === 0) faults.push('nobody was asked to come again with both stores gone')
    if (gone !== 'both' && accepted === 0) faults.push(`nobody was accepted without ${gone}`)
    if (gone !== 'both' && refused + unanswered > all * unansweredShareMax)
      faults.push(`${refused} were refused and ${unanswered} not answered without ${gone}`)
  }
  for (const [status, count] of told.statuses)
    if (![0, 200, 202, 503].includes(status)) faults.push(`${count} answers had status ${status}`)
  if (drainedMs === undefined || !isEmpty) faults.push('the queue did not get empty')
  if (verdict.quarantined > 0) faults.push(`${verdict.quarantined} good leads are in quarantine`)
  return faults
}

/** What an outage showed, for people. */
export function outageInWords({ acts, told, verdict, drainedMs }: Outage): string[] {
  return [
    ...acts.map(
      ({ gone, lastedMs, accepted, refused, unanswered }) =>
        `without ${gone.padEnd(9)} ${(lastedMs / 1000).toFixed(0)} s: ${accepted} accepted, ${refused} asked to come again, ${unanswered} not answered`,
    ),
    `kept              ${verdict.rows} rows for ${told.accepted.ids.length} accepted, ${verdict.duplicateRows} of them second ones, ${verdict.throughPostgres} taken through Postgres`,
    `caught up         ${drainedMs === undefined ? 'never' : `${(drainedMs / 1000).toFixed(1)} s after Postgres was back`}`,
  ]
}
