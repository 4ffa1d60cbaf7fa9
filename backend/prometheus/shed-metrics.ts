import { Counter, type Registry } from 'prom-client'

/** What a budget left out: the visitor was served all the same. */
export type Shed = 'exposure' | 'assignment' | 'request_log'

const kinds: readonly Shed[] = ['exposure', 'assignment', 'request_log']

/** Counts what was not recorded because its sender had used up its budget, or all together theirs. */
export function createShedCounter(registry: Registry): (kind: Shed) => void {
  const shed = new Counter({
    name: 'records_shed_total',
    help: 'Exposures, assignments and lines of the request log that were left out because a budget was used up',
    labelNames: ['kind'],
    registers: [registry],
  })
  for (const kind of kinds) shed.inc({ kind }, 0)
  return (kind) => shed.inc({ kind })
}
