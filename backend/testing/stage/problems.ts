import { createProblemLog } from '../../http/problem-log.ts'
import type { ProblemDeps } from '../../http/problems.ts'
import { createLog } from '../../log.ts'
import { createRegistry } from '../../prometheus/metrics.ts'
import { createProblemMetrics } from '../../prometheus/problem-metrics.ts'

/** What routes answer failures with, for tests of a few of them; the lines of its log go to `write`. */
export function problemsForTest(write: (line: string) => void = () => {}): ProblemDeps {
  const log = createLog({ level: 'debug', process: 'test', write })
  // A log that tires of so many failures a minute would say of which test it was the last line: a minute lies between any two.
  let minutes = 0
  return {
    log: createProblemLog(log, () => 60_000 * minutes++),
    metrics: createProblemMetrics(createRegistry('test')),
    requestId: () => crypto.randomUUID(),
    clientAddress: () => '192.0.2.1',
  }
}
