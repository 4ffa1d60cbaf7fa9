import { Elysia } from 'elysia'
import { TooLate, withDeadline } from '../deadline.ts'

/** Asks one dependency whether it works. Resolves with a detail worth reading, rejects with what is wrong. */
export type Probe = Readonly<{
  name: 'postgres' | 'redis' | 'worker' | 'configuration' | 'mongo' | 'object_storage' | 'deliveries'
  /** Without it leads are not taken and kept as promised, so its loss is answered with 503. */
  vital: boolean
  /** Absent: this part is switched off. */
  check?: () => Promise<string | undefined>
}>

export type HealthDeps = Readonly<{
  probes: readonly Probe[]
  /** Why a lead that came now could not be kept, or undefined. */
  refusesBecause(): Promise<string | undefined>
  version: string
  nowMs(): number
}>

type DependencyHealth = { status: 'ok' | 'down' | 'off'; latency_ms?: number; detail?: string }
type Health = {
  status: 'ok' | 'degraded' | 'down'
  version: string
  dependencies: Record<string, DependencyHealth>
}

const probeDeadlineMs = 1_500
// Monitors may poll as often as they like; the dependencies are asked once a second.
const reportKeptMs = 1_000

const plain = { 'content-type': 'text/plain', 'cache-control': 'no-store' }

/** For monitors and people, and the probes of nginx, compose and load balancers. */
export function healthRoutes(deps: HealthDeps) {
  const report = keptFor(reportKeptMs, deps.nowMs, () => examine(deps))
  const refuses = keptFor(reportKeptMs, deps.nowMs, deps.refusesBecause)

  async function health(): Promise<Response> {
    const found = await report()
    return Response.json(found, {
      status: found.status === 'down' ? 503 : 200,
      headers: { 'cache-control': 'no-store' },
    })
  }
  async function ready(): Promise<Response> {
    const because = await refuses()
    return because
      ? new Response(`cannot accept leads: ${because}`, { status: 503, headers: plain })
      : new Response('ok', { headers: plain })
  }

  return new Elysia()
    .get('/api/health', health, { detail: healthDetail })
    .get('/health', health, { detail: { hide: true } })
    .get('/livez', () => new Response('ok', { headers: plain }), {
      detail: { tags: ['health'], summary: 'The process answers; asks nothing else' },
    })
    .get('/readyz', ready, {
      detail: { tags: ['health'], summary: 'Whether leads can be accepted (also /healthz)' },
    })
    .get('/healthz', ready, { detail: { hide: true } })
}

async function examine(deps: HealthDeps): Promise<Health> {
  const found = await Promise.all(deps.probes.map((probe) => ask(probe, deps.nowMs)))
  const dependencies = Object.fromEntries(deps.probes.map((probe, index) => [probe.name, found[index]!]))
  const lost = deps.probes.filter((_, index) => found[index]!.status === 'down')
  const status = lost.some((probe) => probe.vital) ? 'down' : lost.length > 0 ? 'degraded' : 'ok'
  return { status, version: deps.version, dependencies }
}

async function ask(probe: Probe, nowMs: () => number): Promise<DependencyHealth> {
  if (!probe.check) return { status: 'off' }
  const startedMs = nowMs()
  try {
    const detail = await withDeadline(probe.check(), probeDeadlineMs, probe.name)
    return { status: 'ok', latency_ms: round(nowMs() - startedMs), ...(detail && { detail }) }
  } catch (error) {
    // Drivers put addresses, never credentials, in these messages; a health page may still be public.
    return { status: 'down', latency_ms: round(nowMs() - startedMs), detail: publicReason(error) }
  }
}

function publicReason(error: unknown): string {
  if (error instanceof TooLate) return `no answer within ${probeDeadlineMs} ms`
  return error instanceof HealthFault ? error.message : 'not reachable'
}

/** A reason that may be shown on the health page as it is. */
export class HealthFault extends Error {}

const round = (ms: number) => Math.round(ms * 10) / 10

function keptFor<T>(keptMs: number, nowMs: () => number, make: () => Promise<T>): () => Promise<T> {
  let made: { atMs: number; value: Promise<T> } | undefined
  return () => {
    if (!made || nowMs() - made.atMs >= keptMs) made = { atMs: nowMs(), value: make() }
    return made.value
  }
}

const healthDetail = {
  tags: ['health'],
  summary: 'Every dependency with its state and latency (also /health)',
  description: '200 when ok or degraded; 503 when Redis, Postgres or every worker is gone.',
}
