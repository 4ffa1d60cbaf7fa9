import { Counter, type Registry } from 'prom-client'

const answerers = ['replica', 'primary'] as const

/** Counts who answered what a replica may be asked; nothing is counted where there is none. */
export function createReplicaMetrics(registry: Registry) {
  const reads = new Counter({
    name: 'database_replica_reads_total',
    help: 'Questions for the replica of DATABASE_REPLICA_URL, by who answered: the primary does where it is away or behind',
    labelNames: ['from'],
    registers: [registry],
  })
  for (const from of answerers) reads.inc({ from }, 0)
  return { read: (from: (typeof answerers)[number]) => reads.inc({ from }) }
}
