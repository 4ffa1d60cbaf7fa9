import { sql } from 'kysely'
import { acceptedAtMs } from '../batching/ids.ts'
import { type Bulk, type BulkChange, type BulkChanges, bulkMax } from '../desk/bulk.ts'
import { type LeadState, mayGo, type WorkState, workStates } from '../desk/work.ts'
import type { Actor } from '../operators/audit.ts'
import { writeAudit } from './audit.ts'
import type { Db, DbOrTransaction } from './connection.ts'
import { releaseSuspects, tellOfLeads } from './delivery-events.ts'
import { indexAgain } from './lead-index.ts'
import { allOf } from './lead-search.ts'
import { matches, withWork } from './lead-view.ts'

type JobRow = Readonly<{
  id: string
  by: Actor
  undone_by: Actor | null
  asked_at: Date
  change: BulkChange
  shown: Bulk['shown'] | null
  status: Bulk['status']
  total: number
  reached: string | null
  finished_at: Date | null
}>
type Counts = Pick<Bulk, 'changed' | 'same' | 'left' | 'undone' | 'kept'>
/** A lead of a bulk change: what it was then, and what it is now. */
type Row = Readonly<{
  id: string
  accepted_at: Date
  was_state: LeadState
  was_owner: string | null
  outcome: keyof Counts | null
  before: Before | null
  /** Nobody has worked on it since we changed it. */
  untouched: boolean
  /** Absent where it is gone. */
  state: LeadState | null
  owner: string | null
  taken_at: string | null
  assigned_at: string | null
}>
type Before = Readonly<{
  state: LeadState
  owner: string | null
  taken_at: string | null
  assigned_at: string | null
}>
type Work = Before & Readonly<{ id: string; accepted_at: Date }>

const jobColumns = sql.raw('id, by, undone_by, asked_at, change, shown, status, total, reached, finished_at')
// So few that whoever works on one of them does not wait, nor whoever submits meanwhile.
const leadsAtOnce = 200

/**
 * Changes of many leads, in `lead_bulks` and `lead_bulk_leads`. `long` is a pool whose statements may take longer: what matches may
 * be few of millions, and is looked for once.
 */
export function createBulkChanges(db: Db, long = db): BulkChanges {
  const withCounts = async (job: JobRow | undefined) => job && bulkOf(job, await countsOf(db, job.id))

  return {
    begin: ({ id, change, selection, shown }, by) =>
      long
        .transaction()
        .execute(async (tx) => {
          await sql`
            insert into lead_bulks (id, by, change, shown, total)
            values (${id}, ${json(by)}::jsonb, ${json(change)}::jsonb, ${shown ? json(shown) : null}::jsonb, 0)`.execute(
            tx,
          )
          const times = 'ids' in selection ? selection.ids.map(timeOf) : []
          const all = 'filter' in selection ? await allOf(tx, selection.filter) : undefined
          const [from, where] =
            'ids' in selection
              ? [
                  sql`unnest(${[...selection.ids]}::uuid[], ${times}::timestamptz[]) as given (id, at)
                      join leads on leads.id = given.id and leads.accepted_at = given.at ${withWork}`,
                  sql`leads.duplicate_of is null`,
                ]
              : [all!.from, matches(selection.filter)]
          const { numAffectedRows = 0n } = await sql`
            ${all?.tables ?? sql``}
            insert into lead_bulk_leads (bulk_id, lead_id, accepted_at, was_state, was_owner)
            select ${id}, leads.id, leads.accepted_at, leads.state, work.owner_id
            from ${from} where ${where} limit ${bulkMax + 1}`.execute(tx)
          const total = Number(numAffectedRows)
          if (total > bulkMax || total === 0) throw new NotBegun(total === 0 ? 'none' : 'too_many')
          await sql`update lead_bulks set total = ${total} where id = ${id}`.execute(tx)
          await writeAudit(tx, {
            ...{ by, action: 'bulk.begun', subject: id },
            after: { change, leads: total, ...(shown && { view: shown }) },
          })
          return 'begun' as const
        })
        .catch((error) => {
          if (error instanceof NotBegun) return error.because
          throw error
        }),

    step: (id) =>
      db.transaction().execute(async (tx) => {
        const { rows } = await sql<JobRow>`
          select ${jobColumns} from lead_bulks where id = ${id} for update skip locked`.execute(tx)
        const [job] = rows
        if (!job) return 'busy'
        if (job.finished_at) return 'done'
        const some = await someOf(tx, job)
        if (job.status === 'running') await changeSome(tx, job, some)
        else await restoreSome(tx, job, some)
        if (some.length === leadsAtOnce) {
          await sql`
            update lead_bulks set reached = ${some.at(-1)!.id}, went_on_at = now() where id = ${id}`.execute(
            tx,
          )
          return 'more'
        }
        const status = job.status === 'running' ? 'done' : 'undone'
        await sql`
          update lead_bulks set status = ${status}, reached = null, finished_at = now() where id = ${id}`.execute(
          tx,
        )
        const { changed, same, left, undone, kept } = await countsOf(tx, id)
        await writeAudit(tx, {
          ...{ by: job.undone_by ?? job.by, subject: id },
          action: status === 'done' ? 'bulk.finished' : 'bulk.undone',
          after: status === 'done' ? { changed, same, left } : { undone, kept },
        })
        return 'done'
      }),

    undo: (id, by) =>
      db.transaction().execute(async (tx) => {
        const { numAffectedRows } = await sql`
          update lead_bulks
          set status = 'undoing', undone_by = ${json(by)}::jsonb, reached = null, finished_at = null, went_on_at = now()
          where id = ${id} and status in ('running', 'done')`.execute(tx)
        if (numAffectedRows) await writeAudit(tx, { by, action: 'bulk.undo_begun', subject: id })
        return Boolean(numAffectedRows)
      }),

    async find(id) {
      const { rows } = await sql<JobRow>`select ${jobColumns} from lead_bulks where id = ${id}`.execute(db)
      return withCounts(rows[0])
    },

    async list(limit) {
      const { rows } = await sql<JobRow>`
        select ${jobColumns} from lead_bulks order by asked_at desc limit ${limit}`.execute(db)
      return (await Promise.all(rows.map(withCounts))).filter((each) => each !== undefined)
    },

    async abandoned(forMs) {
      const { rows } = await sql<{ id: string }>`
        select id from lead_bulks
        where finished_at is null and went_on_at < now() - make_interval(secs => ${forMs / 1000})`.execute(db)
      return rows.map(({ id }) => id)
    },
  }
}

/** Forgets changes of many that are older, and with them what could be undone. */
export async function pruneBulks(db: Db, keptDays: number): Promise<void> {
  await sql`
    delete from lead_bulks where asked_at < now() - make_interval(days => ${keptDays})`.execute(db)
}

class NotBegun extends Error {
  constructor(readonly because: 'none' | 'too_many') {
    super(because)
  }
}

/** The next leads of a job, held: whoever works on one of them is waited for. */
async function someOf(tx: DbOrTransaction, { id, status, reached }: JobRow): Promise<readonly Row[]> {
  const { rows } = await sql<Row>`
    with next as materialized (
      select * from lead_bulk_leads as kept
      where bulk_id = ${id} ${reached === null ? sql`` : sql`and lead_id > ${reached}`}
        and outcome ${status === 'running' ? sql`is null` : sql`= 'changed'`}
      order by lead_id limit ${leadsAtOnce}
    ), held as materialized (
      select leads.id, leads.accepted_at, leads.state
      from next join leads on leads.id = next.lead_id and leads.accepted_at = next.accepted_at
      order by leads.id for update of leads
    )
    select next.lead_id as id, next.accepted_at, was_state, was_owner, outcome, before,
      coalesce(work.changed_at = next.changed_at, false) as untouched,
      held.state, work.owner_id as owner, work.taken_at::text, work.assigned_at::text
    from next left join held on held.id = next.lead_id left join lead_work as work on work.lead_id = next.lead_id
    order by next.lead_id`.execute(tx)
  return rows
}

async function changeSome(tx: DbOrTransaction, { id, change }: JobRow, some: readonly Row[]): Promise<void> {
  const outcomes = some.map((row) => [row, outcomeOf(change, row)] as const)
  const changed = outcomes.flatMap(([row, outcome]) => (outcome === 'changed' ? [row] : []))
  if ('state' in change) {
    const suspects = changed.filter(({ state }) => state === 'suspect').map((row) => row.id)
    await releaseSuspects(tx, suspects)
    await become(
      tx,
      changed.filter(({ state }) => state !== 'suspect').map((row) => ({ ...row, state: change.state })),
    )
  }
  await putWork(
    tx,
    changed.map((row) => ({
      ...{ id: row.id, accepted_at: row.accepted_at, state: 'state' in change ? change.state : row.state! },
      ...('owner' in change
        ? { owner: change.owner, taken_at: null, assigned_at: change.owner && 'now' }
        : { owner: row.owner, taken_at: row.taken_at, assigned_at: row.assigned_at }),
    })),
  )
  const before = ({ state, owner, taken_at, assigned_at }: Row) =>
    json({ state, owner, taken_at, assigned_at })
  await sql`
    update lead_bulk_leads as kept
    set outcome = now_is.outcome, before = now_is.before,
        changed_at = case when now_is.outcome = 'changed' then now() end
    from unnest(
      ${outcomes.map(([row]) => row.id)}::uuid[], ${outcomes.map(([, outcome]) => outcome)}::text[],
      ${outcomes.map(([row, outcome]) => (outcome === 'changed' ? before(row) : null))}::jsonb[]
    ) as now_is (lead_id, outcome, before)
    where kept.bulk_id = ${id} and kept.lead_id = now_is.lead_id`.execute(tx)
}

function outcomeOf(change: BulkChange, row: Row): 'changed' | 'same' | 'left' {
  const { state, owner, was_state, was_owner } = row
  if ('state' in change) {
    if (state === change.state) return 'same'
    return state === was_state && mayGo(state, change.state) ? 'changed' : 'left'
  }
  const isCalled = (workStates as readonly (string | null)[]).includes(state)
  if (!isCalled || owner !== was_owner) return 'left'
  return owner === change.owner ? 'same' : 'changed'
}

async function restoreSome(tx: DbOrTransaction, { id, change }: JobRow, some: readonly Row[]): Promise<void> {
  const restored = some.flatMap((row) => {
    const before = row.before!
    const owner = 'owner' in change ? change.owner : before.owner
    const state = 'state' in change ? change.state : before.state
    const isAsLeft = row.untouched && row.state === state && row.owner === owner
    // What was released has been told to everybody.
    return isAsLeft && before.state !== 'suspect'
      ? [{ ...before, id: row.id, accepted_at: row.accepted_at }]
      : []
  })
  if ('state' in change) await become(tx, restored)
  await putWork(tx, restored)
  const ids = restored.map((row) => row.id)
  await sql`
    update lead_bulk_leads
    set outcome = case when lead_id = any(${ids}::uuid[]) then 'undone' else 'kept' end,
        undone_at = case when lead_id = any(${ids}::uuid[]) then now() end
    where bulk_id = ${id} and lead_id = any(${some.map((row) => row.id)}::uuid[])`.execute(tx)
}

async function become(
  tx: DbOrTransaction,
  leads: readonly Readonly<{ id: string; accepted_at: Date; state: LeadState | null }>[],
): Promise<void> {
  if (leads.length === 0) return
  await sql`
    update leads set state = given.state
    from unnest(
      ${leads.map(({ id }) => id)}::uuid[], ${leads.map((lead) => lead.accepted_at.toISOString())}::timestamptz[],
      ${leads.map(({ state }) => state)}::text[]
    ) as given (id, accepted_at, state)
    where leads.id = given.id and leads.accepted_at = given.accepted_at`.execute(tx)
  await indexAgain(
    tx,
    leads.map(({ id }) => id),
  )
  await tellOfLeads(
    tx,
    'lead.updated',
    leads.map(({ id, state }) => ({ id, told: { state: state as WorkState } })),
  )
}

/** What many are given at once is no call: when a lead was first called stays as it was. */
async function putWork(tx: DbOrTransaction, leads: readonly Work[]): Promise<void> {
  if (leads.length === 0) return
  await sql`
    insert into lead_work (lead_id, accepted_at, state, owner_id, taken_at, assigned_at, changed_at)
    select id, accepted_at, state, owner, taken_at,
      case when assigned_at = 'now' then now() else assigned_at::timestamptz end, now()
    from unnest(
      ${leads.map(({ id }) => id)}::uuid[], ${leads.map((lead) => lead.accepted_at.toISOString())}::timestamptz[],
      ${leads.map(({ state }) => state)}::text[], ${leads.map(({ owner }) => owner)}::uuid[],
      ${leads.map(({ taken_at }) => taken_at)}::timestamptz[], ${leads.map(({ assigned_at }) => assigned_at)}::text[]
    ) as given (id, accepted_at, state, owner, taken_at, assigned_at)
    order by id
    on conflict (lead_id) do update
    set state = excluded.state, owner_id = excluded.owner_id, taken_at = excluded.taken_at,
        assigned_at = excluded.assigned_at, changed_at = excluded.changed_at`.execute(tx)
}

async function countsOf(db: DbOrTransaction, id: string): Promise<Counts> {
  const { rows } = await sql<{ outcome: keyof Counts; count: number }>`
    select outcome, count(*)::int as count from lead_bulk_leads
    where bulk_id = ${id} and outcome is not null group by outcome`.execute(db)
  const of = (outcome: keyof Counts) => rows.find((row) => row.outcome === outcome)?.count ?? 0
  const [undone, kept] = [of('undone'), of('kept')]
  return { changed: of('changed') + undone + kept, same: of('same'), left: of('left'), undone, kept }
}

const json = (value: unknown) => JSON.stringify(value)
const timeOf = (id: string) => new Date(acceptedAtMs(id)).toISOString()

const bulkOf = (job: JobRow, counts: Counts): Bulk => ({
  ...{ id: job.id, by: job.by, askedAt: job.asked_at, change: job.change },
  ...(job.shown && { shown: job.shown }),
  ...{ status: job.status, total: job.total, ...counts },
  ...(job.finished_at && { finishedAt: job.finished_at }),
})
