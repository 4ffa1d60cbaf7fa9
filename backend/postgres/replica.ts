import { sql } from 'kysely'
import type { PoolClient } from 'pg'
import { BreakerOpen, createBreaker } from '../breaker.ts'
import { withDeadline } from '../deadline.ts'
import { errorFields, type Log } from '../log.ts'
import { connectPostgres, type Db } from './connection.ts'

/** Makes a reader on a database of ours. */
export type MakeReader<Reader> = (db: Db) => Reader

/** A replica that is read from where it knows all that the primary knew when the question came. */
export type Replica = Readonly<{
  /** The reader on the primary, but for these questions, which the replica is asked where it can answer. */
  reader<Reader extends object>(make: MakeReader<Reader>, ...questions: (keyof Reader)[]): Reader
  stop(): Promise<void>
}>

export type ReplicaOptions = Readonly<{
  url: string
  /** What it is a replica of, and who answers where it does not. */
  primary: Db
  poolMax: number
  applicationName: string
  statementTimeoutMs?: number
  /** Told who answered each question. */
  onRead(from: 'replica' | 'primary'): void
  log: Log
}>

// The lag that a reader waits for; what takes longer is asked at the primary.
const lagMaxMs = 250
const lookEveryMs = { least: 5, most: 40 }
// Who does not answer at all is given up sooner than a primary, for there is another.
const answersWithinMs = 1_000
const breakerRule = { failuresToOpen: 1, pauseMs: { least: 1_000, most: 30_000 } }
const tookTooLong = '57014'

/** The replica is no replica of this primary, or not as far as it. */
class NotCurrent extends Error {
  constructor(because: string) {
    super(because)
    this.name = 'NotCurrent'
  }
}

type Place = Readonly<{ lsn: string; timeline: number; system: string }>

/** Opens a pool to a replica. Nothing is asked of it before somebody reads. */
export function connectReplica(options: ReplicaOptions): Replica {
  const { primary, onRead, log } = options
  const db = connectPostgres({
    ...options,
    connectTimeoutMs: answersWithinMs,
    // Of each connection, for there may be several replicas behind one address.
    beforeUse: async (client) => untilCurrent(client, await placeOf(primary)),
  })
  const breaker = createBreaker({ ...breakerRule, nowMs: () => performance.now() })

  /** What the replica says, or undefined where it does not. @throws where its answer would be that of the primary. */
  async function ask<T>(question: () => Promise<T>): Promise<Readonly<{ answer: T }> | undefined> {
    const wasOpen = breaker.isOpen()
    try {
      const said = await breaker.run(() =>
        question().then(
          (answer) => ({ answer }),
          (error: { code?: unknown }) => {
            if (error.code === tookTooLong) return { error }
            throw error
          },
        ),
      )
      if (wasOpen) log.info('postgres.replica_read')
      if ('error' in said) throw said.error
      return said
    } catch (error) {
      if ((error as { code?: unknown }).code === tookTooLong) throw error
      if (!wasOpen && !(error instanceof BreakerOpen))
        log.warn('postgres.replica_not_read', errorFields(error))
      return undefined
    }
  }

  return {
    reader(make, ...questions) {
      const own = make(primary)
      const its = make(db)
      const asked = questions.map((name) => {
        type Question = (...words: unknown[]) => Promise<unknown>
        const [here, there] = [own[name], its[name]] as [Question, Question]
        const question: Question = async (...words) => {
          const said = await ask(() => there(...words))
          onRead(said ? 'replica' : 'primary')
          return said ? said.answer : here(...words)
        }
        return [name, question]
      })
      return { ...own, ...Object.fromEntries(asked) }
    },
    stop: () => db.destroy(),
  }
}

/** How far the primary is: whatever was answered as committed lies before it. */
async function placeOf(primary: Db): Promise<Place> {
  const { rows } = await sql<Place>`
    select lsn::text, ('x' || left(pg_walfile_name(lsn), 8))::bit(32)::int as timeline, system_identifier::text as system
    from pg_current_wal_flush_lsn() as lsn, pg_control_system()`.execute(primary)
  return rows[0]!
}

const lookAt = `
  select pg_is_in_recovery() and coalesce(pg_last_wal_replay_lsn() >= $1::pg_lsn, false) as current,
         pg_is_in_recovery() as follows, system_identifier::text as system,
         coalesce((select received_tli from pg_stat_wal_receiver), timeline_id) as timeline
  from pg_control_system(), pg_control_checkpoint()`

type Look = Readonly<{ current: boolean; follows: boolean; system: string; timeline: number }>

/** Waits for a moment until the server of this connection is as far as the primary was. @throws NotCurrent */
async function untilCurrent(client: PoolClient, { lsn, timeline, system }: Place): Promise<void> {
  const look = async () => {
    const { rows } = await client.query<Look>(lookAt, [lsn])
    return rows[0]!
  }
  const tooLateMs = performance.now() + lagMaxMs
  for (let pauseMs = lookEveryMs.least; ; pauseMs = Math.min(pauseMs * 2, lookEveryMs.most)) {
    const at = await withDeadline(look(), answersWithinMs, 'asking a replica how far it is')
    if (at.system !== system) throw new NotCurrent('DATABASE_REPLICA_URL leads to no replica of DATABASE_URL')
    if (!at.follows) throw new NotCurrent('DATABASE_REPLICA_URL leads to a server that follows no other')
    // One that has followed another past a failover may be as far, with what never was in the primary.
    if (at.timeline !== timeline) throw new NotCurrent('the replica follows a history that has ended')
    if (at.current) return
    if (performance.now() > tooLateMs) throw new NotCurrent(`the replica is more than ${lagMaxMs} ms behind`)
    await Bun.sleep(pauseMs)
  }
}
