import { withDeadline } from '../deadline.ts'
import { growingPause } from '../growing-pause.ts'
import { errorFields, type Log } from '../log.ts'
import { tiringLog } from '../tiring-log.ts'

/** Something that keeps the house in order, and how often it is due. */
export type Chore = Readonly<{
  everyMs: number
  /** `stop` aborts when the worker is asked to stop. */
  run(stop: AbortSignal): Promise<unknown>
  /** Whether this worker could do it now; else it stays due, for whoever can. */
  can?(): boolean
}>

/** Whose turn it is, of all workers. Rejects when it cannot tell. */
export interface ChoreTurns {
  /** Takes the turn at a chore if it is due. */
  take(name: string, everyMs: number): Promise<boolean>
  /** Makes a chore due again after `pauseMs`, where it failed. */
  giveBack(name: string, times: Readonly<{ everyMs: number; pauseMs: number }>): Promise<void>
  /** Forgets the turns of chores that are not among these and have not been done for long. */
  forgetOthers(names: readonly string[]): Promise<void>
}

export type ChoresOptions = Readonly<{
  chores: Readonly<Record<string, Chore>>
  turns: ChoreTurns
  lookEveryMs: number
  onFailed(name: string): void
  log: Log
}>

const firstPauseMs = 60_000
const stopDeadlineMs = 10_000

/**
 * Does each chore when it is due and no other worker does it, beside each other: to compare millions of claims takes most of
 * an hour, and a correction is due every minute. One that fails is due again after a pause that grows.
 */
export function startChores({ chores, turns, lookEveryMs, onFailed, log }: ChoresOptions) {
  const stopping = new AbortController()
  const tired = tiringLog(log)
  const doing = new Map<string, Promise<void>>()
  const pauses = new Map(
    Object.entries(chores).map(([name, { everyMs }]) => [name, growingPause(firstPauseMs, everyMs)]),
  )

  async function doIfDue(name: string, { everyMs, run, can }: Chore): Promise<void> {
    if (can && !can()) return
    try {
      if (!(await turns.take(name, everyMs))) return
    } catch (error) {
      // Whoever stores leads tells that Postgres is away.
      return log.debug('chores.wait', errorFields(error))
    }
    try {
      await run(stopping.signal)
      pauses.get(name)!.reset()
    } catch (error) {
      if (stopping.signal.aborted) return
      onFailed(name)
      tired.warn('chore.failed', { name, ...errorFields(error) })
      await turns.giveBack(name, { everyMs, pauseMs: pauses.get(name)!.next() }).catch(() => {})
    }
  }

  function look(): void {
    for (const [name, chore] of Object.entries(chores))
      if (!doing.has(name))
        doing.set(
          name,
          doIfDue(name, chore).finally(() => doing.delete(name)),
        )
  }

  turns.forgetOthers(Object.keys(chores)).catch((error) => log.debug('chores.wait', errorFields(error)))
  const timer = setInterval(look, lookEveryMs)
  look()
  return {
    async stop(): Promise<void> {
      clearInterval(timer)
      stopping.abort()
      await withDeadline(Promise.all(doing.values()), stopDeadlineMs, 'ending the chores').catch(() => {})
    },
  }
}
