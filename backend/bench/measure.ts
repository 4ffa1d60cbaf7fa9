import { type Cpu, readCpu, untilCalm } from './cpu.ts'
import { closedLoop, type Load } from './load.ts'
import type { ApiSetup, Sizes, Stage } from './stage.ts'

/** What one run of one subject showed. */
export type Run = Readonly<{
  /** Submissions acknowledged a second; where a worker drains, leads stored a second until the queue was empty. */
  perSecond: number
  requests: number
  /** Answered with anything but 2xx, or never. */
  not2xx: number
  /** How many of the answers said that a new lead was kept, where the API counts them. */
  accepted?: number
  p50Us: number
  p99Us: number
  /** CPU microseconds of each process for each request, or for each lead stored. */
  cpuUs: Readonly<Record<string, number>>
  /** Cores that programs used which are no part of the bench. */
  otherCores: number
  /** Cores that the generator used. */
  generatorCores: number
  /** Bytes for each lead. */
  bytes?: Readonly<Record<'redisMemory' | 'redisFile' | 'postgresTables' | 'postgresLog', number>>
  /** Seconds from the end of the load until the queue was empty. */
  drainedAfterS?: number
  /** Request log entries dropped and written. */
  dropped?: number
  written?: number
}>

export type LoadShape = Readonly<{
  seconds: number
  warmUpSeconds: number
  connections: number
  /** How long a run may wait for a moment in which nothing else runs. */
  calmSeconds: number
  /** A number that no other load of this bench has. */
  nextRun: () => number
}>

export type PostPlan = ApiSetup &
  Readonly<{
    /** Counts what it accepts at /metrics. */
    counts?: boolean
    /** Keeps leads somewhere; the bare handler does not. */
    keeps?: boolean
    /** Absent: submissions. */
    sends?: 'events'
    /** Events that arrive meanwhile; their cost counts as that of the leads. */
    eventsPerSecond?: number
    /** The generator runs as any other program, and not as a batch task. */
    foreground?: boolean
  }>

const drainDeadlineMs = 120_000

/** Starts a subject, warms it up, and measures it under a closed loop. The stores are as the caller left them. */
export async function measurePosts(stage: Stage, plan: PostPlan, shape: LoadShape): Promise<Run> {
  const line = await stage.start(plan)
  try {
    const send = (sends: 'events' | undefined, seconds: number) =>
      closedLoop({
        url: `${line.origin}/api/${sends ?? 'leads'}`,
        run: shape.nextRun(),
        seconds,
        connections: shape.connections,
        ...(plan.foreground && { foreground: true }),
        ...(sends && { sends }),
      })
    const load = async (seconds: number): Promise<Load> => {
      const [loaded, beside] = await Promise.all([
        send(plan.sends, seconds),
        plan.eventsPerSecond && eventsBeside(line.origin, plan.eventsPerSecond, seconds, shape),
      ])
      return { ...loaded, generatorCpuUs: loaded.generatorCpuUs + (beside ? beside.generatorCpuUs : 0) }
    }
    const pids = () => ({
      API: line.api.pid,
      Redis: stage.redisPids(),
      worker: line.worker.pid,
      Postgres: stage.services.postgres.pid,
      Mongo: plan.requestLog ? stage.services.mongo.pid : undefined,
    })
    const sizesCold = await stage.sizes()
    const warmedUp = await load(shape.warmUpSeconds)
    if (plan.worker) await stage.untilDrained(drainDeadlineMs)
    await untilCalm(shape.calmSeconds * 1000)
    const countersBefore = await readCounters(plan, line)
    const sizesBefore = await stage.sizes()
    const before = readCpu(pids())
    const startedAtMs = performance.now()
    const loaded = await load(shape.seconds)
    const loadedAtMs = performance.now()
    if (plan.worker) await stage.untilDrained(drainDeadlineMs)
    const drainedAtMs = performance.now()
    const after = readCpu(pids())
    const sizesAfter = await stage.sizes()
    const counters = subtract(await readCounters(plan, line), countersBefore)

    const answered = answeredOf(loaded)
    const stored = plan.sends ? sizesAfter.events - sizesBefore.events : sizesAfter.leads - sizesBefore.leads
    const leads = plan.worker ? stored : answered
    const wallUs = (drainedAtMs - startedAtMs) * 1000
    return {
      ...answersOf(loaded),
      perSecond: plan.worker ? stored / (wallUs / 1e6) : answered / (loaded.durationUs / 1e6),
      ...cpuOf({ before, after, generatorUs: loaded.generatorCpuUs, wallUs, requests: leads }),
      ...(plan.counts && { accepted: counters.accepted }),
      ...(plan.keeps && {
        bytes: {
          ...bytesOf(sizesBefore, sizesAfter, leads),
          redisFile: (sizesBefore.redisFile - sizesCold.redisFile) / (warmedUp.requests - warmedUp.refused),
        },
      }),
      ...(plan.worker && { drainedAfterS: (drainedAtMs - loadedAtMs) / 1000 }),
      ...(plan.requestLog && { dropped: counters.dropped, written: counters.written }),
    }
  } finally {
    await line.stop()
  }
}

/** So many events a second, over connections that each wait a while before they send again. */
function eventsBeside(origin: string, perSecond: number, seconds: number, shape: LoadShape): Promise<Load> {
  const connections = 64
  return closedLoop({
    url: `${origin}/api/events`,
    run: shape.nextRun(),
    sends: 'events',
    seconds,
    connections,
    pauseMs: Math.round((connections / perSecond) * 1000),
  })
}

/** Measures reads of one address, which `pid` and its children serve. */
export async function measurePage(
  input: { url: string; name: string; pid: () => number | undefined; cookie?: string },
  shape: LoadShape,
): Promise<Run> {
  const { url, cookie } = input
  const load = (seconds: number) =>
    closedLoop({
      ...{ url, seconds, cookie },
      connections: shape.connections,
      run: shape.nextRun(),
      sends: 'visits',
    })
  await load(shape.warmUpSeconds)
  await untilCalm(shape.calmSeconds * 1000)
  const before = readCpu({ [input.name]: input.pid() })
  const startedAtMs = performance.now()
  const loaded = await load(shape.seconds)
  const wallUs = (performance.now() - startedAtMs) * 1000
  const after = readCpu({ [input.name]: input.pid() })
  const answered = answeredOf(loaded)
  return {
    ...answersOf(loaded),
    perSecond: answered / (loaded.durationUs / 1e6),
    ...cpuOf({ before, after, generatorUs: loaded.generatorCpuUs, wallUs, requests: answered }),
  }
}

/** @throws Error when nothing was taken: what refusals cost is the figure of something else. */
function answeredOf({ requests, refused }: Load): number {
  if (requests === refused) throw new Error('no request was answered with 2xx')
  return requests - refused
}

function answersOf(load: Load) {
  const { requests, refused, broken, p50Us, p99Us } = load
  return { requests, not2xx: refused + broken, p50Us, p99Us }
}

function cpuOf(input: { before: Cpu; after: Cpu; generatorUs: number; wallUs: number; requests: number }) {
  const { before, after, generatorUs, wallUs, requests } = input
  const used = Object.entries(after.ofUs)
    .map(([name, us]) => [name, us - (before.ofUs[name] ?? 0)] as const)
    .filter(([, us]) => us > 0)
  const ours = used.reduce((sum, [, us]) => sum + us, generatorUs)
  return {
    cpuUs: Object.fromEntries(
      [...used, ['generator', generatorUs] as const].map(([name, us]) => [name, us / requests]),
    ),
    otherCores: Math.max(0, (after.machine.busyUs - before.machine.busyUs - ours) / wallUs),
    generatorCores: generatorUs / wallUs,
  }
}

// Redis may rewrite its file in a run, so that its size is taken over the warm-up.
function bytesOf(before: Sizes, after: Sizes, leads: number) {
  const each = (name: keyof Sizes) => (after[name] - before[name]) / leads
  return {
    redisMemory: each('redisMemory'),
    postgresTables: each('postgresTables'),
    postgresLog: each('postgresLog'),
  }
}

type Counters = Readonly<{ accepted: number; dropped: number; written: number }>

async function readCounters(
  plan: PostPlan,
  line: Readonly<{ origin: string; workerOrigin: string }>,
): Promise<Counters> {
  const read = (origin: string) => fetch(`${origin}/metrics`).then((response) => response.text())
  const api = plan.counts ? await read(line.origin) : ''
  const worker = plan.requestLog ? await read(line.workerOrigin) : ''
  const both = (name: string) => counterIn(api, name) + counterIn(worker, name)
  return {
    accepted: plan.sends
      ? counterIn(api, 'events_accepted_total')
      : counterIn(api, 'lead_submissions_total', 'outcome="accepted"'),
    dropped: both('request_log_dropped_total'),
    written: both('request_log_written_total'),
  }
}

/** The sum of a counter in a Prometheus text, over the series that hold `label`. */
export function counterIn(text: string, name: string, label = ''): number {
  return text
    .split('\n')
    .filter((line) => (line.startsWith(`${name}{`) || line.startsWith(`${name} `)) && line.includes(label))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
}

function subtract(after: Counters, before: Counters): Counters {
  return {
    accepted: after.accepted - before.accepted,
    dropped: after.dropped - before.dropped,
    written: after.written - before.written,
  }
}
