import { Counter, Gauge, type Registry } from 'prom-client'

export type ReconcileMetrics = Readonly<{
  /** One comparison of the stores has been made, and so much had to be mended. */
  reconciled(mended: Readonly<{ released: number; told: number; retried: number }>, nowMs: number): void
}>

/** Counts what comparing the stores has mended. */
export function createReconcileMetrics(registry: Registry): ReconcileMetrics {
  const mended = new Counter({
    name: 'lead_reconciled_total',
    help: 'Differences between the stores that were mended: claims given back, claims told to Redis, batches queued again',
    labelNames: ['mended'],
    registers: [registry],
  })
  const at = new Gauge({
    name: 'lead_reconciled_timestamp_seconds',
    help: 'When the stores were last compared; 0 before the first time',
    registers: [registry],
  })
  const kinds = { claim_released: 'released', claim_told: 'told', batch_retried: 'retried' } as const
  for (const kind of Object.keys(kinds)) mended.inc({ mended: kind }, 0)
  return {
    reconciled(counts, nowMs) {
      for (const [kind, name] of Object.entries(kinds)) mended.inc({ mended: kind }, counts[name])
      at.set(nowMs / 1000)
    },
  }
}
