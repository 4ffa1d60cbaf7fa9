import { deepEqual, equal } from 'node:assert/strict'
import { until } from '../stage/faults.ts'
import { type Ledger, nothingBroken, sendVisitors } from '../stage/ledger.ts'
import { type Stack, services } from './stack.ts'

/** A thing that users do, and what it comes to. Without one that is needed there are no others. */
export type Step = Readonly<{ name: string; isNeeded?: boolean; run(): Promise<string> }>

/** What every step does with the stack: lets visitors come, and looks at what they were told. */
export type Scene = ReturnType<typeof createScene>

type Among = Readonly<{
  /** So many submissions in all. */
  least?: number
  origin?: string
  ca?: string
}>

const perSecond = 60
const healthyWithinMs = 180_000

export function createScene(stack: Stack) {
  const ledgers: Ledger[] = []
  const sum = (ledger: Ledger) => ledger.accepted.length + ledger.duplicates.length + ledger.unanswered

  /** Lets visitors come while something is done; then asks the database. Figures begin with how many came. */
  async function amongVisitors(work: () => Promise<unknown>, options: Among = {}) {
    const { least = 300, origin = stack.origin, ca } = options
    const visitors = sendVisitors({ origin, perSecond, together: 2, resends: true, ca })
    const { ledger } = visitors
    const since = new Date()
    let seconds = 0
    try {
      await until('visitors come', () => sum(ledger) > 50)
      const startedMs = performance.now()
      await work()
      seconds = Math.round((performance.now() - startedMs) / 1000)
      const then = sum(ledger)
      await until('more of them have come', () => sum(ledger) >= Math.max(least, then + 100), 300_000)
    } finally {
      await visitors.leave()
      ledgers.push(ledger)
    }
    // However long what waited takes: a machine with nothing to spare stores hardly faster than visitors come.
    await until('all are stored', async () => (await stack.broken(ledger)).lost.length === 0, 300_000)
    deepEqual(await stack.broken(ledger), nothingBroken)
    const figures = `${sum(ledger)} submissions, ${ledger.unanswered} refused, ${ledger.resent} sent once more, all ${ledger.accepted.length} acknowledged stored, the step itself ${seconds} s`
    return {
      ledger,
      figures: ledger.unanswered
        ? `${figures}; visitors: ${[...ledger.reasons].map(([why, number]) => `${number} × ${why}`).join(', ')}; nginx: ${await stack.refusals(since)}`
        : figures,
    }
  }

  const untilHealthy = (...names: readonly string[]) =>
    Promise.all(
      names.map((name) =>
        until(
          `${name} is healthy`,
          async () => {
            const states = await stack.states(name)
            return states.length > 0 && states.every((state) => state === 'running healthy')
          },
          healthyWithinMs,
        ),
      ),
    )

  return {
    amongVisitors,

    async allServed(work: () => Promise<unknown>, options: Among = {}): Promise<string> {
      const { ledger, figures } = await amongVisitors(work, options)
      equal(ledger.unanswered, 0, figures)
      return figures
    },

    untilHealthy,
    untilAllHealthy: () => untilHealthy(...services),
    update: () => stack.must('sh', 'docker/update'),
    ofOurs: async () => [...(await stack.ids('api')), ...(await stack.ids('worker'))].sort(),

    /** What all visitors of all steps were told, against the database. */
    async everyPromise(): Promise<string> {
      for (const ledger of ledgers) deepEqual(await stack.broken(ledger), nothingBroken)
      return `${ledgers.reduce((total, { accepted }) => total + accepted.length, 0)} acknowledged, all stored once`
    },
  }
}
