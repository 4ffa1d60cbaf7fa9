import { freemem, loadavg, totalmem } from 'node:os'
import { Gauge, type Registry } from 'prom-client'
import { withDeadline } from '../deadline.ts'
import { createDurationHistogram } from './duration-histogram.ts'
import { addGauges, addGaugesOf, type FigureReaders, sharedReading } from './metrics.ts'

/** Takes how long each query of a process took. */
export function createQueryMetrics(registry: Registry): (durationMs: number) => void {
  const histogram = createDurationHistogram(registry, {
    name: 'database_query_duration_seconds',
    help: 'Seconds that queries of this process took in Postgres, the way there included',
    bucketsS: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  })
  return (durationMs) => histogram.observe(durationMs / 1000)
}

/** What Postgres says of itself. */
export function addPostgresFigures(
  registry: Registry,
  read: () => Promise<
    Readonly<
      Record<
        | 'connections'
        | 'connectionsMax'
        | 'bytes'
        | 'commits'
        | 'rollbacks'
        | 'blocksHit'
        | 'blocksRead'
        | 'deadlocks'
        | 'temporaryBytes'
        | 'deadRows'
        | 'longestTransactionS',
        number
      >
    >
  >,
): void {
  const figures: FigureReaders<Awaited<ReturnType<typeof read>>> = {
    postgres_connections: { help: 'Connections to this database', of: ({ connections }) => connections },
    postgres_connections_max: {
      help: 'Connections that the server takes',
      of: ({ connectionsMax }) => connectionsMax,
    },
    postgres_database_bytes: { help: 'Size of this database on disk', of: ({ bytes }) => bytes },
    postgres_dead_rows: {
      help: 'Rows that no transaction sees and autovacuum has not taken away yet',
      of: ({ deadRows }) => deadRows,
    },
    postgres_longest_transaction_seconds: {
      help: 'Age of the oldest transaction of this user',
      of: ({ longestTransactionS }) => longestTransactionS,
    },
    postgres_commits_total: { help: 'Transactions committed', counts: true, of: ({ commits }) => commits },
    postgres_rollbacks_total: {
      help: 'Transactions rolled back',
      counts: true,
      of: ({ rollbacks }) => rollbacks,
    },
    postgres_blocks_hit_total: {
      help: 'Blocks found in the memory of the server',
      counts: true,
      of: ({ blocksHit }) => blocksHit,
    },
    postgres_blocks_read_total: {
      help: 'Blocks read from its disk',
      counts: true,
      of: ({ blocksRead }) => blocksRead,
    },
    postgres_deadlocks_total: { help: 'Deadlocks', counts: true, of: ({ deadlocks }) => deadlocks },
    postgres_temporary_bytes_total: {
      help: 'Bytes that queries wrote to disk because their memory was full',
      counts: true,
      of: ({ temporaryBytes }) => temporaryBytes,
    },
  }
  addGaugesOf(registry, read, figures)
}

const tableFigures = {
  postgres_table_bytes: ['Size of a table on disk, with its months and indexes', 'bytes'],
  postgres_table_live_rows: ['Rows of a table, about', 'liveRows'],
  postgres_table_dead_rows: ['Rows of a table that autovacuum has not taken away yet, about', 'deadRows'],
} as const
// As long as nobody waits for a scrape.
const tablesDeadlineMs = 500

/** How large each table is, and how much of it is dead; nothing while Postgres does not say. */
export function addTableFigures(
  registry: Registry,
  read: () => Promise<
    readonly Readonly<{ table: string; bytes: number; liveRows: number; deadRows: number }>[]
  >,
): void {
  const shared = sharedReading(() => withDeadline(read(), tablesDeadlineMs, 'reading the figures of tables'))
  for (const [name, [help, figure]] of Object.entries(tableFigures))
    new Gauge({
      name,
      help,
      labelNames: ['table'],
      registers: [registry],
      async collect() {
        const tables = await shared().catch(() => [])
        this.reset()
        for (const each of tables) this.set({ table: each.table }, each[figure])
      },
    })
}

/** What Redis says of itself. */
export function addRedisFigures(
  registry: Registry,
  read: () => Promise<
    Readonly<Record<'clients' | 'usedBytes' | 'hits' | 'misses' | 'commands' | 'evicted', number>>
  >,
): void {
  addGaugesOf(registry, read, {
    redis_connected_clients: { help: 'Connections to Redis', of: ({ clients }) => clients },
    redis_memory_used_bytes: { help: 'Memory of Redis in use', of: ({ usedBytes }) => usedBytes },
    redis_keyspace_hits_total: {
      help: 'Keys that were looked up and there',
      counts: true,
      of: ({ hits }) => hits,
    },
    redis_keyspace_misses_total: {
      help: 'Keys that were looked up and not there',
      counts: true,
      of: ({ misses }) => misses,
    },
    redis_commands_total: {
      help: 'Commands that Redis has done',
      counts: true,
      of: ({ commands }) => commands,
    },
    redis_evicted_keys_total: {
      help: 'Keys that Redis threw out for want of memory; any is one too many',
      counts: true,
      of: ({ evicted }) => evicted,
    },
  })
}

/** How much the machine has to do on which this process runs. */
export function addMachineGauges(registry: Registry): void {
  addGauges(registry, {
    machine_load1: { help: 'Processes that ran or waited to, over a minute', read: () => loadavg()[0]! },
    machine_cores: { help: 'Cores of the machine', read: () => navigator.hardwareConcurrency },
    machine_memory_free_bytes: { help: 'Memory of the machine that nobody uses', read: freemem },
    machine_memory_bytes: { help: 'Memory of the machine', read: totalmem },
  })
}
