import { Counter, type Registry } from 'prom-client'

export type ChoreMetrics = Readonly<{ failed(chore: string): void }>

/** Counts what keeps the house in order and could not be done. */
export function createChoreMetrics(registry: Registry, chores: readonly string[]): ChoreMetrics {
  const failures = new Counter({
    name: 'chore_failures_total',
    help: 'Times that a chore of the worker could not be done; it is tried again after a pause',
    labelNames: ['chore'],
    registers: [registry],
  })
  for (const chore of chores) failures.inc({ chore }, 0)
  return { failed: (chore) => failures.inc({ chore }) }
}
