import { Counter, Gauge, type Registry } from 'prom-client'

export type BackupMetrics = Readonly<{
  made(atMs: number, tookS: number, bytes: number): void
  failed(): void
}>

/** Says how backups go. `lastAtMs` is when the newest was made that was there before. */
export function createBackupMetrics(registry: Registry, lastAtMs: number): BackupMetrics {
  const registers = [registry]
  const at = new Gauge({
    name: 'backup_last_success_timestamp_seconds',
    help: 'When the newest backup that held when it was restored was made; 0 before the first',
    registers,
  })
  at.set(lastAtMs / 1000)
  const took = new Gauge({
    name: 'backup_last_duration_seconds',
    help: 'How long the newest backup took, restoring it into servers of its own included',
    registers,
  })
  const size = new Gauge({ name: 'backup_last_size_bytes', help: 'Size of the newest backup', registers })
  const failures = new Counter({
    name: 'backup_failures_total',
    help: 'Backups that could not be made, or did not hold when they were restored',
    registers,
  })
  return {
    made(atMs, tookS, bytes) {
      at.set(atMs / 1000)
      took.set(tookS)
      size.set(bytes)
    },
    failed: () => failures.inc(),
  }
}
