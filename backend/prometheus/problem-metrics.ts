import { Counter, type Registry } from 'prom-client'
import { type ProblemCode, problemCodes } from '../problem.ts'

export type ProblemMetrics = Readonly<{
  /** One request that was answered with a failure. */
  problem(code: ProblemCode | 'invalid_fields'): void
}>

const codes = ['invalid_fields', ...problemCodes] as const

/** Counts the requests of an API process that failed, whoever is to blame. */
export function createProblemMetrics(registry: Registry): ProblemMetrics {
  const counts = Object.fromEntries(codes.map((code) => [code, 0])) as Record<(typeof codes)[number], number>
  new Counter({
    name: 'http_problems_total',
    help: 'Requests that were refused or failed, by the code of their answer; internal is a fault of ours',
    labelNames: ['code'],
    registers: [registry],
    collect() {
      this.reset()
      for (const code of codes) this.inc({ code }, counts[code])
    },
  })
  return {
    problem(code) {
      counts[code]++
    },
  }
}
