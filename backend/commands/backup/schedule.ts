import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { errorFields } from '../../log.ts'
import { createBackupMetrics } from '../../prometheus/backup-metrics.ts'
import { createRegistry } from '../../prometheus/metrics.ts'
import { archiveOldMonths } from './archive.ts'
import { backupsIn, sizeOf, timeOf } from './folder.ts'
import type { Made, Source } from './make.ts'

const hourMs = 3_600_000
// One that failed is tried again sooner than the next is due.
const retryMs = 600_000

/** What is done of one backup, in this order. */
export type Steps = Readonly<{
  make(source: Source): Promise<Made>
  /** Brings what was made to wherever else it is to be. Safe to repeat. */
  passOn(source: Source, made: Made): Promise<void>
}>

/** Backs up again and again until it is asked to end. The first is made at once where the last is older than it should be. */
export async function keepBackingUp(source: Source, hours: number, steps: Steps): Promise<void> {
  const { backup, config, say } = source
  const stopping = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort())
  const registry = createRegistry('backup')
  const last = backupsIn(backup.folder).at(-1)
  const lastMs = last ? timeOf(last) : 0
  const metrics = createBackupMetrics(registry, lastMs)
  const server = Bun.serve({
    port: config.workerPort,
    ...(config.listenAddress && { hostname: config.listenAddress }),
    async fetch(request) {
      const { pathname } = new URL(request.url)
      if (pathname === '/metrics')
        return new Response(await registry.metrics(), { headers: { 'content-type': registry.contentType } })
      return new Response(pathname === '/livez' ? 'alive\n' : 'not found\n', {
        status: pathname === '/livez' ? 200 : 404,
      })
    },
  })
  say(`Backs up every ${hours} hours into ${backup.folder}.`)
  await goRound({
    everyMs: hours * hourMs,
    lastMs,
    make: () => steps.make(source),
    async passOn(made) {
      await steps.passOn(source, made)
      const { name, manifest } = made
      metrics.made(Date.parse(manifest.madeAt), manifest.tookS, sizeOf(join(backup.folder, name)))
    },
    archive: () => archiveOldMonths(source),
    onFailed(error) {
      metrics.failed()
      console.error(`It could not be backed up, or archived: ${errorFields(error).error}. It is tried again.`)
    },
    nowMs: Date.now,
    pauseUntil: (ms) => pauseUntil(ms, stopping.signal),
  })
  await server.stop(true)
}

export type Rounds<What> = Readonly<{
  everyMs: number
  /** When the last was made; 0 where there is none. */
  lastMs: number
  make(): Promise<What>
  passOn(made: What): Promise<void>
  archive(): Promise<void>
  onFailed(error: unknown): void
  nowMs(): number
  /** Resolves with whether that moment has come; it has not once we are asked to end. */
  pauseUntil(ms: number): Promise<boolean>
}>

/**
 * One round after the other. Where a step fails, the next begins with that step: a second place that is away for days must not
 * have the first one filled with backups.
 */
export async function goRound<What>(rounds: Rounds<What>): Promise<void> {
  const { everyMs, nowMs } = rounds
  let dueMs = rounds.lastMs + everyMs
  let nextMs = dueMs
  let left: { made: What } | undefined
  while (await rounds.pauseUntil(nextMs)) {
    try {
      if (nowMs() >= dueMs) {
        const beganMs = nowMs()
        left = { made: await rounds.make() }
        dueMs = beganMs + everyMs
      }
      if (left) await rounds.passOn(left.made)
      left = undefined
      await rounds.archive()
      nextMs = dueMs
    } catch (error) {
      rounds.onFailed(error)
      nextMs = nowMs() + Math.min(retryMs, everyMs)
    }
  }
}

// A timer that is set for longer than some weeks goes off at once.
const pauseMsMax = hourMs

/** Whether that moment has come; it has not once we are asked to end. */
export async function pauseUntil(ms: number, stop: AbortSignal): Promise<boolean> {
  while (!stop.aborted && Date.now() < ms)
    await sleep(Math.min(pauseMsMax, ms - Date.now()), undefined, { signal: stop }).catch(() => {})
  return !stop.aborted
}
