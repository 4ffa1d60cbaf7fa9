import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { withDeadline } from '../deadline.ts'
import { answeredWithin } from '../desk/today.ts'
import { suspectReasons } from '../leads/details.ts'
import {
  keptOutcomes,
  type SubmissionMetrics,
  type SubmissionOutcome,
  submissionOutcomes,
} from '../leads/outcome.ts'
import { createDurationHistogram } from './duration-histogram.ts'

export type ApiMetrics = SubmissionMetrics &
  Readonly<{
    /** A batch that went through Postgres because Redis could not take it. */
    fallback(): void
    requestLogDropped(count: number): void
    requestLogWritten(count: number): void
    /** All submissions so far, by what became of them and by how long they took. */
    answered(): ReadonlyMap<string, number>
  }>

/** Counts what has become of leads, in whichever process stores them. */
export type LeadNewsMetrics = Readonly<{ stored(count: number): void; quarantined(): void }>

export type WorkerMetrics = Readonly<{
  /** A batch that has to wait for Postgres. */
  waiting(): void
  /** Storing a batch took so long. */
  storing(seconds: number): void
  requestLogDropped(count: number): void
  requestLogWritten(count: number): void
}>

export type GaugeReaders = Readonly<
  Record<string, Readonly<{ help: string; counts?: true; read(): number | Promise<number> }>>
>

/** A registry with the process's own metrics, labelled so that several processes never share a series. */
export function createRegistry(processName: string): Registry {
  const registry = new Registry()
  registry.setDefaultLabels({ process: processName })
  collectDefaultMetrics({ register: registry })
  for (const name of slowMetrics) registry.removeSingleMetric(name)
  return registry
}

// Bun has one heap, not V8's spaces, and walks through it for an answer: a tenth of a second in which nobody gets theirs.
const slowMetrics = ['total', 'used', 'available'].map((part) => `nodejs_heap_space_size_${part}_bytes`)

// A scrape of all processes waits a second for each of them.
const readDeadlineMs = 500

/** Gauges that are read when they are scraped; NaN where that fails or takes too long. */
export function addGauges(registry: Registry, gauges: GaugeReaders): void {
  const registers = [registry]
  for (const [name, { help, counts, read }] of Object.entries(gauges)) {
    if (counts)
      new Counter({
        name,
        help,
        registers,
        async collect() {
          const value = await inTime(read)
          this.reset()
          // A counter knows no NaN: it is then not told, and goes on where it was.
          if (value >= 0) this.inc(value)
          else this.remove()
        },
      })
    else
      new Gauge({
        name,
        help,
        registers,
        async collect() {
          this.set(await inTime(read))
        },
      })
  }
}

/** Figures of one reading by their names; one that `counts` only ever grows. */
export type FigureReaders<Figures> = Readonly<
  Record<string, Readonly<{ help: string; counts?: true; of(figures: Figures): number }>>
>

/** A reading that whoever asks while it goes on has a share in, such as the figures of one scrape. */
export function sharedReading<Figures>(read: () => Promise<Figures>): () => Promise<Figures> {
  let reading: Promise<Figures> | undefined
  return () => {
    reading ??= read().finally(() => {
      reading = undefined
    })
    return reading
  }
}

/** Figures of one reading, which those of one scrape share. */
export function addGaugesOf<Figures>(
  registry: Registry,
  read: () => Promise<Figures>,
  figures: FigureReaders<Figures>,
): void {
  const shared = sharedReading(read)
  addGauges(
    registry,
    Object.fromEntries(
      Object.entries(figures).map(([name, { help, counts, of }]) => [
        name,
        { help, counts, read: async () => of(await shared()) },
      ]),
    ),
  )
}

async function inTime(read: () => number | Promise<number>): Promise<number> {
  try {
    return await withDeadline(Promise.resolve(read()), readDeadlineMs, 'reading a gauge')
  } catch {
    return Number.NaN
  }
}

/** Counts what becomes of submissions in an API process. */
export function createApiMetrics(registry: Registry): ApiMetrics {
  const registers = [registry]
  const counts = Object.fromEntries(submissionOutcomes.map((outcome) => [outcome, 0])) as Record<
    SubmissionOutcome,
    number
  >
  new Counter({
    name: 'lead_submissions_total',
    help: 'Submissions by what became of them',
    labelNames: ['outcome'],
    registers,
    collect() {
      this.reset()
      for (const outcome of submissionOutcomes) this.inc({ outcome }, counts[outcome])
    },
  })
  new Counter({
    name: 'endpoint_requests_total',
    help: 'Requests to the submission routes by success or error',
    labelNames: ['status'],
    registers,
    collect() {
      const all = submissionOutcomes.reduce((sum, outcome) => sum + counts[outcome], 0)
      const succeeded = keptOutcomes.reduce((sum, outcome) => sum + counts[outcome], 0)
      this.reset()
      this.inc({ status: 'success' }, succeeded)
      this.inc({ status: 'error' }, all - succeeded)
    },
  })
  const duration = createDurationHistogram(registry, {
    name: 'endpoint_request_duration_seconds',
    help: 'Seconds from request to answer on the submission routes',
    bucketsS: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  })
  const fallbacks = new Counter({
    name: 'lead_batches_through_postgres_total',
    help: 'Batches that went through Postgres because Redis could not take them',
    registers,
  })
  const suspects = new Counter({
    name: 'lead_suspect_total',
    help: 'Submissions that look suspect, by reason; they are taken like any other',
    labelNames: ['reason'],
    registers,
  })
  for (const reason of suspectReasons) suspects.inc({ reason }, 0)
  const requestLog = requestLogCounters(registry)
  return {
    submission(outcome, durationMs) {
      counts[outcome]++
      duration.observe(durationMs / 1000)
    },
    suspect(reasons) {
      for (const reason of reasons) suspects.inc({ reason })
    },
    fallback: () => fallbacks.inc(),
    answered: () =>
      new Map([
        ...Object.entries(counts),
        ...[...duration.counted()].map(([seconds, count]) => [answeredWithin(seconds), count] as const),
      ]),
    ...requestLog,
  }
}

export function createLeadNewsMetrics(registry: Registry): LeadNewsMetrics {
  const registers = [registry]
  const stored = new Counter({ name: 'leads_stored_total', help: 'Leads stored in Postgres', registers })
  const quarantined = new Counter({
    name: 'leads_quarantined_total',
    help: 'Leads that could not be stored and were set aside',
    registers,
  })
  return { stored: (count) => stored.inc(count), quarantined: () => quarantined.inc() }
}

/** Counts how the worker fares with the queue of leads. */
export function createWorkerMetrics(registry: Registry): WorkerMetrics {
  const storing = createDurationHistogram(registry, {
    name: 'lead_store_duration_seconds',
    help: 'Seconds that storing a batch of leads took, one that failed included',
    bucketsS: [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
  })
  const waits = new Counter({
    name: 'lead_store_waits_total',
    help: 'Times a batch had to wait for Postgres',
    registers: [registry],
  })
  return {
    waiting: () => waits.inc(),
    storing: (seconds) => storing.observe(seconds),
    ...requestLogCounters(registry),
  }
}

/** Counts jobs of any queue that nobody can read. */
export function createUnreadableCounter(registry: Registry): () => void {
  const unreadable = new Counter({
    name: 'jobs_unreadable_total',
    help: 'Jobs that hold no batch and were put aside in Redis, in the list landfast:aside',
    registers: [registry],
  })
  return () => unreadable.inc()
}

function requestLogCounters(registry: Registry) {
  const dropped = new Counter({
    name: 'request_log_dropped_total',
    help: 'Request log entries that were left out in a storm, or dropped because MongoDB could not keep up or was away',
    registers: [registry],
  })
  const written = new Counter({
    name: 'request_log_written_total',
    help: 'Request log entries written to MongoDB',
    registers: [registry],
  })
  return {
    requestLogDropped: (count: number) => dropped.inc(count),
    requestLogWritten: (count: number) => written.inc(count),
  }
}
