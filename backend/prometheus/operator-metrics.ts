import { Counter, type Registry } from 'prom-client'
import { type KeyRefusal, keyRefusals } from '../operators/operator-key.ts'

export type OperatorMetrics = Readonly<{
  /** One request for operators that was not let in. */
  refused(why: KeyRefusal): void
}>

/** Counts who was not let in to what is for operators. */
export function createOperatorMetrics(registry: Registry): OperatorMetrics {
  const refused = new Counter({
    name: 'operator_keys_refused_total',
    help: 'Requests for operators that were not let in, by what was wrong with their key',
    labelNames: ['reason'],
    registers: [registry],
  })
  for (const reason of keyRefusals) refused.inc({ reason }, 0)
  return { refused: (reason) => refused.inc({ reason }) }
}
