import { parseArgs } from 'node:util'
import { reachOwnDirectly } from '../../own-address.ts'
import { clusterStorm } from './cluster.ts'
import { deliveryStorm } from './deliveries.ts'
import { longPlan, outage, outageInWords, shortPlan } from './outage.ts'
import { type Target, targets } from './schedule.ts'
import { type Storm, type StormOptions, weather } from './storm.ts'

const usage = `bun run chaos [--long] [--seconds N] [--kills N] [--seed N] [--ack redis|pg|both] [--rate N]
bun run chaos --outage [--short] [--seed N] [--rate N]
bun run chaos --deliveries [--long] [--kills N] [--seed N] [--rate N]
bun run chaos --cluster [--long] [--kills N] [--seed N] [--rate N]

Lets visitors arrive while API, worker, Redis and Postgres are killed, frozen, cut off and restarted, all on servers of
its own. Then it heals the line, waits for the queue to be empty, and asks the database whether every promise was kept.

  --seconds N   how long it storms, in each way of acknowledging (40)
  --kills N     at least so many kills (10)
  --rate N      visitors a second (1000; with --long 4000)
  --seed N      the same faults in the same order as a run that printed N
  --ack MODE    redis, pg, or both, one after the other (both)
  --obvious-way storms over SET NX and a job each instead, to show that the storm finds what they lose
  --long        at least 1,000,000 accepted and 50 kills in each of them, in at most 10 minutes each
  --outage      instead: Redis gone for 2 minutes, Postgres for 5, both for half a minute, under load
  --deliveries  instead: three webhooks that fail, break off, hang and are away while everything is killed; at least 5,000
                leads (--long: 200,000) and 10 kills (30); every stored lead has to be in each ledger, once by its id
  --cluster     instead: a cluster of three masters with a replica each, two API and two worker processes; masters are killed,
                frozen, cut off from the other nodes and switched, slots moved, processes killed, one after the other: at least
                7 faults (--long: 35, and 300,000 accepted). With REDIS_ACK_REPLICAS=0 it shows that it finds what is lost then
  --short       with --outage: a few seconds each

Ends with 1 when a promise was broken or what was asked for was not reached.
`

reachOwnDirectly(process.env)
const { values } = parseArgs({
  options: {
    help: { type: 'boolean' },
    long: { type: 'boolean' },
    outage: { type: 'boolean' },
    deliveries: { type: 'boolean' },
    cluster: { type: 'boolean' },
    short: { type: 'boolean' },
    'obvious-way': { type: 'boolean' },
    seconds: { type: 'string' },
    kills: { type: 'string' },
    rate: { type: 'string' },
    seed: { type: 'string' },
    ack: { type: 'string', default: 'both' },
  },
})

const say = (line: string) => process.stdout.write(`${line}\n`)

function wholeNumber(name: 'seconds' | 'kills' | 'rate' | 'seed', fallback: number): number {
  const given = values[name]
  if (given === undefined) return fallback
  const number = Number(given)
  if (Number.isSafeInteger(number) && number >= 0) return number
  process.stderr.write(`--${name} must be a whole number.\n`)
  process.exit(2)
}

async function outages(): Promise<number> {
  const seed = wholeNumber('seed', Math.floor(Math.random() * 1e9))
  const plan = values.short ? shortPlan : longPlan
  const found = await outage({ plan, perSecond: wholeNumber('rate', 1_000), seed, log: say })
  for (const line of outageInWords(found)) say(line)
  for (const fault of found.faults) say(`- ${fault}`)
  say(found.faults.length > 0 ? '\nBroken.' : '\nEvery promise was kept.')
  return found.faults.length > 0 ? 1 : 0
}

async function deliveries(): Promise<number> {
  const seed = wholeNumber('seed', Math.floor(Math.random() * 1e9))
  const stopping = new AbortController()
  process.once('SIGINT', () => stopping.abort())
  say(`seed ${seed}`)
  const kills = wholeNumber('kills', values.long ? 30 : 10)
  const leads = values.long ? 200_000 : 5_000
  const found = await deliveryStorm({
    ...{ seed, leads, kills, log: say, stop: stopping.signal },
    perSecond: wholeNumber('rate', values.long ? 600 : 400),
    pauseMs: values.long ? 8_000 : 1_000,
    downMs: values.long ? 60_000 : 5_000,
    lastsMsMax: values.long ? 20 * 60_000 : 60_000,
  })
  say(
    `\naccepted ${found.accepted}, stored ${found.stored}, attempts ${found.attempts}, kills ${found.kills}`,
  )
  const missed = found.accepted < leads || found.kills < kills ? ['less happened than was asked for'] : []
  for (const fault of [...found.faults, ...missed]) say(`- ${fault}`)
  const isBroken = found.faults.length + missed.length > 0
  say(
    isBroken
      ? `\nBroken. Again: bun run chaos --deliveries --seed ${seed}`
      : `\nEvery promise was kept (seed ${seed}).`,
  )
  return isBroken ? 1 : 0
}

async function cluster(): Promise<number> {
  const seed = wholeNumber('seed', Math.floor(Math.random() * 1e9))
  const stopping = new AbortController()
  process.once('SIGINT', () => stopping.abort())
  say(`seed ${seed}`)
  const least = { faults: wholeNumber('kills', values.long ? 35 : 7), accepted: values.long ? 300_000 : 1 }
  const { told, verdict, faults, drained } = await clusterStorm({
    ...{ seed, until: least, log: say, stop: stopping.signal },
    perSecond: wholeNumber('rate', values.long ? 600 : 300),
    pauseMs: 1_000,
    lastsMsMax: (values.long ? 20 : 4) * 60_000,
  })
  const accepted = told.accepted.ids.length
  say(
    `\naccepted ${accepted}, ${verdict.rows} rows, ${verdict.throughPostgres} of them through Postgres, ${faults} faults`,
  )
  const broken = [
    ...verdict.breaches.map(({ what, who, atMs }) => `${what}: ${who}, at ${new Date(atMs).toISOString()}`),
    ...(verdict.quarantined > 0 ? [`${verdict.quarantined} good leads are in quarantine`] : []),
    ...(drained ? [] : ['the queues did not get empty']),
    ...(faults < least.faults || accepted < least.accepted ? ['less happened than was asked for'] : []),
  ]
  for (const fault of broken) say(`- ${fault}`)
  say(
    broken.length > 0
      ? `\nBroken. Again: bun run chaos --cluster --seed ${seed}`
      : `\nEvery promise was kept (seed ${seed}).`,
  )
  return broken.length > 0 ? 1 : 0
}

async function main(): Promise<number> {
  const modes = ({ redis: ['redis'], pg: ['pg'], both: ['redis', 'pg'] } as const)[values.ack]
  if (!modes) {
    process.stderr.write('--ack must be redis, pg or both.\n')
    return 2
  }
  const seed = wholeNumber('seed', Math.floor(Math.random() * 1e9))
  const lastsMs = 1000 * wholeNumber('seconds', values.long ? 0 : 40)
  const kills = wholeNumber('kills', values.long ? 50 : 10)
  const lastsMsMax = values.long ? 560_000 : lastsMs * 2
  // Restarts and faults that last take about as long as the pauses between them.
  const pauseMs = Math.max(200, (values.long ? 480_000 : lastsMs) / Math.max(1, kills) / 2.5)
  const stopping = new AbortController()
  process.once('SIGINT', () => stopping.abort())
  process.once('SIGTERM', () => stopping.abort())
  say(`seed ${seed}`)

  let failed = false
  for (const ackMode of modes) {
    if (stopping.signal.aborted) break
    const options: StormOptions = {
      ackMode,
      seed,
      perSecond: wholeNumber('rate', values.long ? 4_000 : 1_000),
      pauseMs,
      until: { lastsMs, kills, accepted: values.long ? 1_000_000 : 1 },
      lastsMsMax,
      log: say,
      obviousWay: values['obvious-way'] ?? false,
      stop: stopping.signal,
    }
    say(`\nACK_MODE=${ackMode}`)
    const storm = await weather(options)
    for (const line of summary(storm)) say(line)
    const faults = faultsOf(storm, options)
    for (const line of faults) say(line)
    if (faults.length > 0) failed = true
  }
  say(
    failed
      ? `\nBroken. Again: bun run chaos ${['--seed', seed, ...givenButSeed()].join(' ')}`
      : `\nEvery promise was kept (seed ${seed}).`,
  )
  return failed ? 1 : 0
}

/** What makes a schedule besides its seed. */
function givenButSeed(): string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    if (name === 'seed' || value === undefined) return []
    return value === true ? [`--${name}`] : [`--${name}`, String(value)]
  })
}

function summary({ told, verdict, kills, lastedMs, drainedMs }: Storm): string[] {
  const count = (status: number) => told.statuses.get(status) ?? 0
  const all = targets.reduce((sum, target: Target) => sum + kills[target], 0)
  return [
    '',
    `stormed         ${(lastedMs / 1000).toFixed(0)} s, ${all} kills (${targets.map((target) => `${target} ${kills[target]}`).join(', ')})`,
    `answered        ${count(202)} accepted, ${count(200)} duplicate, ${count(503)} asked to come again, ${count(0)} not at all, ${told.wentAway} went away`,
    `kept            ${verdict.rows} rows, ${verdict.duplicateRows} of them second ones, ${verdict.quarantined} in quarantine, ${verdict.throughPostgres} taken through Postgres`,
    `queue empty     ${drainedMs === undefined ? 'never' : `${(drainedMs / 1000).toFixed(1)} s after the last visitor`}`,
    `broken          ${verdict.breaches.length === 0 ? 'nothing' : ''}`,
  ]
}

const aroundMs = 5_000

function faultsOf({ told, verdict, kills, drainedMs, journal }: Storm, { until }: StormOptions): string[] {
  const faults: string[] = []
  for (const { what, who, atMs } of verdict.breaches) {
    faults.push(`- ${what}: ${who}, at ${new Date(atMs).toISOString()}`)
    for (const event of journal)
      if (Math.abs(event.atMs - atMs) < aroundMs)
        faults.push(`    ${new Date(event.atMs).toISOString()} ${event.what}`)
  }
  for (const [status, count] of told.statuses)
    if (![0, 200, 202, 503].includes(status)) faults.push(`- ${count} answers had status ${status}`)
  if (verdict.quarantined > 0) faults.push(`- ${verdict.quarantined} good leads are in quarantine`)
  if (drainedMs === undefined) faults.push('- the queue did not get empty')
  const all = Object.values(kills).reduce((sum, count) => sum + count, 0)
  if (all < until.kills) faults.push(`- only ${all} of ${until.kills} kills in the time there was`)
  if (told.accepted.ids.length < until.accepted)
    faults.push(`- only ${told.accepted.ids.length} of ${until.accepted} accepted in the time there was`)
  return faults
}

if (values.help) say(usage)
else
  process.exitCode = await (values.outage
    ? outages()
    : values.deliveries
      ? deliveries()
      : values.cluster
        ? cluster()
        : main())
