import { Gauge, type Registry } from 'prom-client'

export type RequestArchiveMetrics = Readonly<{ archived(nowMs: number): void }>

/** Says when the archive of the request log last had all it should. `sinceMs` is from when on it should; 0 where there is none. */
export function createRequestArchiveMetrics(registry: Registry, sinceMs: number): RequestArchiveMetrics {
  const at = new Gauge({
    name: 'request_log_archived_timestamp_seconds',
    help: 'When every day of the request log that was due was last known to be in its archive, at first the start of the process; 0 without an archive',
    registers: [registry],
  })
  at.set(sinceMs / 1000)
  return { archived: (nowMs) => at.set(nowMs / 1000) }
}
