import { type Generated, Kysely, PostgresAdapter, PostgresDialect, type Transaction } from 'kysely'
import pg from 'pg'
import { errorFields, type Log } from '../log.ts'
import { setSession } from './session.ts'
import { refuseOneMachine } from './standby.ts'
import { readOnlyTransaction } from './writable.ts'

export type Database = {
  leads: {
    id: string
    accepted_at: Date
    stored_at: Generated<Date>
    phone: string
    phone_key: Buffer
    duplicate_of: string | null
    corrected_by: string | null
    state: Generated<string>
    attribution: unknown
    variant: string | null
    language: string | null
    consent: string | null
    suspect: string[] | null
    device: string | null
    landing: string | null
  }
  lead_claims: {
    phone_key: Buffer
    lead_id: string
    accepted_at: Date
    idempotency_key: Buffer | null
    direct: boolean
  }
  lead_corrections: {
    phone_key: Buffer
    idempotency_key: Buffer
    corrected_by: string
    noted_at: Generated<Date>
    lead_id: string | null
  }
  lead_quarantine: {
    id: string
    accepted_at: Date
    quarantined_at: Generated<Date>
    reason: string
    payload: Buffer
  }
  events: {
    id: string
    accepted_at: Date
    visitor_id: string
    word: string
    event_type: string
    value: number | null
    bot: boolean
    attribution: unknown
    url: string | null
    device: string | null
    own_page: boolean | null
  }
  workers: { id: string; beat_at: Date; idle_because: string | null }
}

export type Db = Kysely<Database>
/** What a query needs: the pool or an open transaction. */
export type DbOrTransaction = Db | Transaction<Database>

export type PostgresOptions = Readonly<{
  url: string
  poolMax: number
  applicationName: string
  /** The longest that a statement may take, in milliseconds; 8,000 where it is not said. */
  statementTimeoutMs?: number
  /** Told how long each query took, one that failed included. */
  onQuery?: (durationMs: number) => void
  /** The longest that a connection may take to be made, in milliseconds; 3,000 where it is not said. */
  connectTimeoutMs?: number
  /** Looks at a connection each time before it is used; one that it rejects is closed. */
  beforeUse?: (client: pg.PoolClient) => Promise<void>
  log: Log
}>

// Where nothing but replicas is to be had, connections are made anew no more often than this.
const renewEveryMs = 1_000
// Below the 10 s lock of a job: a stuck statement ends before another worker takes the batch.
export const visitorsStatementTimeoutMs = 8_000

/** Kysely's own lock on migrations waits for an hour, and lets everything after it wait as long; `migrate` takes it itself. */
class Adapter extends PostgresAdapter {
  override async acquireMigrationLock(): Promise<void> {}
  override async releaseMigrationLock(): Promise<void> {}
}

class Dialect extends PostgresDialect {
  override createAdapter(): Adapter {
    return new Adapter()
  }
}

/** Opens a pool; connections are made when they are needed and made again when they are lost. */
export function connectPostgres(options: PostgresOptions): Db {
  const { statementTimeoutMs = visitorsStatementTimeoutMs, connectTimeoutMs = 3_000, beforeUse } = options
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolMax,
    application_name: options.applicationName,
    connectionTimeoutMillis: connectTimeoutMs,
    // The server may be gone without saying so; then its own time-out never comes.
    query_timeout: statementTimeoutMs + 1_000,
    keepAlive: true,
    onConnect: (client) => client.query(setSession(options.url, statementTimeoutMs)),
  })
  // Without a listener an idle connection that breaks would end the process.
  pool.on('error', (error) => options.log.warn('postgres.connection_lost', errorFields(error)))
  const born = new WeakMap<pg.PoolClient, number>()
  pool.on('connect', (client) => {
    // So would one that breaks while it is in use, on top of the query that rejects.
    client.on('error', () => {})
    refuseOneMachine(client)
    born.set(client, performance.now())
  })
  let doubtedMs = Number.NEGATIVE_INFINITY
  return new Kysely<Database>({
    dialect: new Dialect({
      pool: {
        options: pool.options,
        end: () => pool.end(),
        async connect() {
          for (;;) {
            const client = await pool.connect()
            if (born.get(client)! <= doubtedMs) {
              client.release(true)
              continue
            }
            try {
              await beforeUse?.(client)
              return client
            } catch (error) {
              client.release(true)
              throw error
            }
          }
        },
      },
    }),
    // After a failover the server at the other end may live on as a replica, and a session that began as one that only reads
    // stays so: whichever it is, the address leads elsewhere by now, or will, so every connection is made anew.
    log({ level, ...event }) {
      options.onQuery?.(event.queryDurationMillis)
      const { code } = (('error' in event && event.error) || {}) as { code?: unknown }
      const now = performance.now()
      if (level === 'error' && code === readOnlyTransaction && now - doubtedMs > renewEveryMs) doubtedMs = now
    },
  })
}
