import { sql } from 'kysely'
import { createGroupCommit } from '../batching/group-commit.ts'
import { withDeadline } from '../deadline.ts'
import type { Assignments, Kept, Wanted } from '../experiments/assign.ts'
import { errorFields, type Log } from '../log.ts'
import { unavailable } from '../problem.ts'
import type { Db } from './connection.ts'

export type AssignmentsOptions = Readonly<{
  /** How long a visitor may wait to be kept; then the store counts as away. */
  deadlineMs: number
  /**
   * For how long a variant that this process does not know stays as it was given: another process may have heard of it
   * first.
   */
  settleMs: number
  nowMs(): number
  log: Log
}>

type Wish = Readonly<{ visitorId: string; wanted: ReadonlyMap<string, Wanted>; mayWrite: () => boolean }>

const wishesPerCommitMax = 512
const prunedAtOnce = 10_000
const bytesPerCommitMax = 64 * 1024
const waitingMax = 8192
// Two keep Postgres busy while the next group gathers.
const inFlightMax = 2
// So long after a failure nobody waits for Postgres again.
const restMs = 2_000

/** Assignments in Postgres. Those of one moment are kept together, so that thousands a second cost few statements. */
export function createAssignments(db: Db, options: AssignmentsOptions): Assignments {
  const { deadlineMs, settleMs, nowMs, log } = options
  let restUntilMs = 0
  let away = false
  const group = createGroupCommit<Wish, Kept>({
    async commit(wishes) {
      try {
        const kept = await withDeadline(keepAll(db, wishes, settleMs), deadlineMs, 'keeping assignments')
        if (away) log.info('assignments.kept_again')
        away = false
        return kept
      } catch (error) {
        restUntilMs = nowMs() + restMs
        // One line an outage.
        if (!away) log.warn('assignments.not_kept', errorFields(error))
        away = true
        throw error
      }
    },
    sizeOf: ({ visitorId, wanted }) => wanted.size * (visitorId.length + 80),
    itemsMax: wishesPerCommitMax,
    sizeMax: bytesPerCommitMax,
    inFlightMax,
    waitingMax,
  })
  return {
    async keep(visitorId, wanted, mayWrite = () => true) {
      if (nowMs() < restUntilMs) throw unavailable('Assignments cannot be kept just now.')
      return group.add({ visitorId, wanted, mayWrite })
    },
  }
}

type Row = Readonly<{ visitor_id: string; experiment: string; variant: string }>

/** Takes out of what is missing all that its visitor may not leave here. Each is asked once, and only about what is missing. */
function leaveOut(wishes: readonly Wish[], missing: Map<string, Row>): void {
  for (const { visitorId, wanted, mayWrite } of wishes) {
    const keys = [...wanted.keys()].map((experiment) => keyOf({ visitor_id: visitorId, experiment }))
    if (keys.some((key) => missing.has(key)) && !mayWrite()) for (const key of keys) missing.delete(key)
  }
}

/** The variants there are, by experiment. */
type Choices = ReadonlyMap<string, readonly string[]>

/**
 * Most visitors are known, so they are looked up before anything is written. Who is new is inserted, and whose variant
 * has left the experiment gets the new one; whom another process gave one meanwhile is read back.
 */
async function keepAll(db: Db, wishes: readonly Wish[], settleMs: number): Promise<Kept[]> {
  const missing = new Map<string, Row>()
  const choices = new Map<string, readonly string[]>()
  for (const { visitorId, wanted } of wishes)
    for (const [experiment, { variant, variants }] of wanted) {
      const row = { visitor_id: visitorId, experiment, variant }
      choices.set(experiment, variants)
      // In one group the first one wins as well.
      if (!missing.has(keyOf(row))) missing.set(keyOf(row), row)
    }
  const kept = new Map<string, string>()
  const found = (rows: readonly Row[]) => {
    for (const row of rows) {
      kept.set(keyOf(row), row.variant)
      missing.delete(keyOf(row))
    }
  }
  const known = await select(db, [...missing.values()])
  found(known.filter(({ experiment, variant }) => choices.get(experiment)!.includes(variant)))
  leaveOut(wishes, missing)
  const written = missing.size > 0 ? await write(db, [...missing.values()], { choices, settleMs }) : []
  found(written)
  if (missing.size > 0) found(await select(db, [...missing.values()]))
  const unclaimed = new Set(written.map(keyOf))
  return wishes.map(({ visitorId, wanted }) => {
    const variants = new Map<string, string>()
    const given = new Set<string>()
    for (const experiment of wanted.keys()) {
      const key = keyOf({ visitor_id: visitorId, experiment })
      const variant = kept.get(key)
      if (variant === undefined) continue
      variants.set(experiment, variant)
      if (unclaimed.delete(key)) given.add(experiment)
    }
    return { variants, given }
  })
}

async function select(db: Db, rows: readonly Row[]): Promise<Row[]> {
  const found = await sql<Row>`
    select visitor_id, experiment, variant from assignments
    where (visitor_id, experiment) in (
      select * from unnest(
        ${rows.map((row) => row.visitor_id)}::text[], ${rows.map((row) => row.experiment)}::text[]))`.execute(
    db,
  )
  return found.rows
}

/** Sorted, so that two groups never wait for each other in a ring. */
async function write(
  db: Db,
  rows: readonly Row[],
  { choices, settleMs }: Readonly<{ choices: Choices; settleMs: number }>,
): Promise<Row[]> {
  const written = await sql<Row>`
    insert into assignments as held (visitor_id, experiment, variant)
    select * from unnest(
      ${rows.map((row) => row.visitor_id)}::text[], ${rows.map((row) => row.experiment)}::text[],
      ${rows.map((row) => row.variant)}::text[]
    ) as given (visitor_id, experiment, variant)
    order by visitor_id, experiment
    on conflict (visitor_id, experiment) do update
    set variant = excluded.variant, assigned_at = now()
    where not jsonb_exists(${JSON.stringify(Object.fromEntries(choices))}::jsonb -> held.experiment, held.variant)
      and held.assigned_at <= now() - make_interval(secs => ${settleMs / 1000})
    returning held.visitor_id, held.experiment, held.variant`.execute(db)
  return written.rows
}

/** Forgets what was given so many days ago, by the clock of Postgres. Resolves with how many rows went. */
export async function pruneAssignments(db: Db, keptDays: number): Promise<number> {
  let gone = 0
  for (;;) {
    // In pieces, so that nobody who is given a variant meanwhile waits for long.
    const { rows } = await sql<{ count: number }>`
      with old as (
        delete from assignments where ctid = any(array(
          select ctid from assignments where assigned_at < now() - make_interval(days => ${keptDays}) limit ${prunedAtOnce}))
        returning 1
      ) select count(*)::int as count from old`.execute(db)
    gone += rows[0]!.count
    if (rows[0]!.count < prunedAtOnce) return gone
  }
}

// Neither part can hold a space.
const keyOf = (row: Pick<Row, 'visitor_id' | 'experiment'>) => `${row.experiment} ${row.visitor_id}`
