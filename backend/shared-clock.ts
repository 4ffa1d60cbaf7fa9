import { withDeadline } from './deadline.ts'
import { errorFields, type Log } from './log.ts'

export type SharedClockOptions = Readonly<{
  /** Asks Postgres for its time, in milliseconds since 1970. */
  ask(): Promise<number>
  log: Log
  ownMs?(): number
  /** Never set and never turned back. */
  steadyMs?(): number
}>

/** The time that every process of Landfast agrees on: that of Postgres, where the clock of this machine contradicts it. */
export type SharedClock = Readonly<{
  /** Milliseconds since 1970: by the clock of this machine, or by Postgres where the two are too far apart. */
  nowMs(): number
  /** How far the clock of this machine is ahead of Postgres, as far as known; NaN until Postgres has told. */
  aheadMs(): number
  /** Why the clock of this machine is not believed, in a sentence for people; undefined where it is. */
  contradiction(): string | undefined
  /**
   * Asks anew. What is deleted because it is old goes by this.
   * @throws Error where the two clocks are too far apart: one is wrong, and nobody can say which.
   */
  agreedNow(): Promise<Date>
  /** Resolves once Postgres has told, or could not be asked. From then on it is asked every few seconds. */
  start(): Promise<void>
  stop(): void
}>

const apartMsMax = 60_000
const askDeadlineMs = 2_000
const askEveryMs = 10_000

export function createSharedClock(options: SharedClockOptions): SharedClock {
  const { ask, log, ownMs = Date.now, steadyMs = () => performance.now() } = options
  let told: { theirsMs: number; atMs: number } | undefined
  let believed = true
  let timer: ReturnType<typeof setInterval> | undefined

  // A clock that is set while we run is found out at once, without asking.
  const aheadMs = () => (told ? ownMs() - told.theirsMs - (steadyMs() - told.atMs) : Number.NaN)
  const isApart = (ms: number) => Math.abs(ms) > apartMsMax

  function contradiction(): string | undefined {
    const ahead = aheadMs()
    if (!isApart(ahead)) return undefined
    const seconds = Math.round(Math.abs(ahead) / 1000)
    return `the clock of this machine is ${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} that of Postgres: set the one that is wrong`
  }

  async function look(): Promise<void> {
    const askedMs = steadyMs()
    const theirsMs = await withDeadline(ask(), askDeadlineMs, 'asking Postgres for the time')
    told = { theirsMs, atMs: (askedMs + steadyMs()) / 2 }
    const because = contradiction()
    if (because && believed) log.error('clock.contradicted', { because })
    if (!because && !believed) log.info('clock.agrees')
    believed = !because
  }

  const lookOn = () => look().catch((error) => log.debug('clock.not_asked', errorFields(error)))

  return {
    nowMs() {
      const own = ownMs()
      const ahead = aheadMs()
      return isApart(ahead) ? Math.round(own - ahead) : own
    },
    aheadMs,
    contradiction,
    async agreedNow() {
      await look()
      const because = contradiction()
      if (because) throw new Error(because)
      return new Date(Math.round(ownMs() - aheadMs()))
    },
    async start() {
      timer ??= setInterval(lookOn, askEveryMs)
      await lookOn()
    },
    stop: () => clearInterval(timer),
  }
}
