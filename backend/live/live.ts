import { withDeadline } from '../deadline.ts'
import type { PageExperiments } from '../experiments/experiment.ts'
import type { LiveChannel, LiveStore } from './ports.ts'
import { type LiveRows, makeSnapshot, noRows, type Snapshot } from './snapshot.ts'

export type LiveDeps = Readonly<{
  store: LiveStore
  /** Absent without Redis: then a process finds changes only by looking. */
  channel?: LiveChannel
  /** What the built page draws; the same object until it is built anew. Read with every `current()`. */
  pageExperiments(): PageExperiments
  pollEveryMs: number
  /** Told of what stands in the store and cannot be used, once for each version. */
  onOdd?(names: readonly string[]): void
  /** Told of each version that came into force here. */
  onChange?(version: number): void
}>

/** The live configuration of one process, in memory. */
export type Live = Readonly<{
  current(): Snapshot
  /** Reads the store now and resolves with the version in force. Rejects while the store is away; what was known stays. */
  reload(): Promise<number>
  /** False: the store has not answered since the start, so the defaults that are compiled in hold. */
  isLoaded(): boolean
  /** Starts to follow changes. Resolves when the store was read once, or after `deadlineMs`; never rejects. */
  start(deadlineMs: number): Promise<void>
  stop(): void
}>

/** Holds a snapshot that requests read without waiting, and keeps it as new as the store. */
export function createLive(deps: LiveDeps): Live {
  let rows: LiveRows = noRows
  let drawn = deps.pageExperiments()
  let snapshot = makeSnapshot(rows, drawn)
  let loaded = false
  let reading: Promise<number> | undefined
  let next: Promise<number> | undefined
  let timer: ReturnType<typeof setInterval> | undefined

  const read = async (): Promise<number> => {
    const found = await deps.store.load()
    const changed = found.version !== rows.version
    if (!loaded || changed) {
      rows = found
      snapshot = makeSnapshot(rows, drawn)
      loaded = true
      if (rows.odd) deps.onOdd?.(rows.odd)
      if (changed) deps.onChange?.(rows.version)
    }
    return rows.version
  }

  // One read at a time, so that an older one never ends last; who asks during one waits for a whole one after it.
  const reload = (): Promise<number> => {
    if (reading) {
      next ??= reading
        .catch(() => {})
        .then(() => {
          next = undefined
          return reload()
        })
      return next
    }
    reading = read().finally(() => {
      reading = undefined
    })
    return reading
  }

  return {
    current() {
      const drawnNow = deps.pageExperiments()
      if (drawnNow !== drawn) {
        drawn = drawnNow
        snapshot = makeSnapshot(rows, drawn)
      }
      return snapshot
    },
    reload,
    isLoaded: () => loaded,
    async start(deadlineMs) {
      deps.channel?.onChange(reload)
      timer ??= setInterval(() => reload().catch(() => {}), deps.pollEveryMs)
      timer.unref()
      await withDeadline(reload(), deadlineMs, 'reading the live configuration').catch(() => {})
    },
    stop() {
      clearInterval(timer)
      timer = undefined
    },
  }
}
