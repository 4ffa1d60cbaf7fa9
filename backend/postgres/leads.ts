import { sql } from 'kysely'
import { acceptedAtMs } from '../batching/ids.ts'
import type { Lead, LeadState, Verdict } from '../leads/lead.ts'
import { type BatchStore, type LeadLookup, type LeadTable, Unstorable } from '../leads/ports.ts'
import { type Holder, judge } from '../leads/window.ts'
import type { Db, DbOrTransaction } from './connection.ts'

export type LeadsOptions = Readonly<{ dedupWindowMs: number }>

/** The table where leads end up: one transaction a batch, two statements, safe to repeat. */
export function createLeadTable(db: Db, options: LeadsOptions): LeadTable & LeadLookup {
  return {
    async store(leads) {
      if (leads.length === 0) return
      const columns = columnsOf(leads)
      await orUnstorable(
        db.transaction().execute(async (tx) => {
          await takeClaims(tx, columns, options.dedupWindowMs, false)
          await insertAll(tx, columns, options.dedupWindowMs)
        }),
      )
    },
    quarantine: (lead, reason) => quarantine(db, lead, reason),
    find: (leadId) => findLead(db, leadId),
  }
}

/** Acknowledges through Postgres: `ACK_MODE=pg`, and the way when Redis is closed. */
export function createPostgresIntake(db: Db, options: LeadsOptions): BatchStore {
  return { commit: (batch) => commitDirectly(db, batch.leads, options.dedupWindowMs) }
}

/** A lead that no row can hold is found by halving; it is kept in quarantine, and its neighbours are answered. */
async function commitDirectly(
  db: Db,
  leads: readonly Lead[],
  dedupWindowMs: number,
): Promise<readonly Verdict[]> {
  try {
    return await orUnstorable(commitTogether(db, leads, dedupWindowMs))
  } catch (error) {
    if (!(error instanceof Unstorable)) throw error
    const [first] = leads
    if (leads.length === 1 && first) {
      await quarantine(db, first, error.message)
      return [{ kind: 'new', id: first.id }]
    }
  }
  const middle = Math.ceil(leads.length / 2)
  return [
    ...(await commitDirectly(db, leads.slice(0, middle), dedupWindowMs)),
    ...(await commitDirectly(db, leads.slice(middle), dedupWindowMs)),
  ]
}

async function commitTogether(db: Db, leads: readonly Lead[], dedupWindowMs: number): Promise<Verdict[]> {
  const columns = columnsOf(leads)
  const holders = await db.transaction().execute(async (tx) => {
    await takeClaims(tx, columns, dedupWindowMs, true)
    return insertHolders(tx, columns, dedupWindowMs)
  })
  return leads.map((lead) => judge(lead, holders.get(lead.phoneKey)!, dedupWindowMs))
}

type Columns = Readonly<{
  ids: string[]
  acceptedAts: string[]
  phones: string[]
  phoneKeys: string[]
  idempotencyKeys: (string | null)[]
  attributions: (string | null)[]
  variants: (string | null)[]
  languages: (string | null)[]
  consents: (string | null)[]
  suspects: (string | null)[]
}>

function columnsOf(leads: readonly Lead[]): Columns {
  return {
    ids: leads.map((lead) => lead.id),
    acceptedAts: leads.map((lead) => new Date(acceptedAtMs(lead.id)).toISOString()),
    phones: leads.map((lead) => lead.phone),
    phoneKeys: leads.map((lead) => lead.phoneKey),
    idempotencyKeys: leads.map((lead) => lead.idempotencyKey || null),
    attributions: leads.map(attributionText),
    variants: leads.map((lead) => lead.variant ?? null),
    languages: leads.map((lead) => lead.signals?.language ?? null),
    consents: leads.map((lead) => lead.signals?.consent ?? null),
    suspects: leads.map((lead) => lead.signals?.suspect?.join() ?? null),
  }
}

/** Where the visitor came from, and under `first` where from the first time. */
function attributionText({ attribution, signals }: Lead): string | null {
  const first = signals?.firstTouch
  if (!attribution && !first) return null
  return JSON.stringify(first ? { ...attribution, first } : attribution)
}

/** Takes the claims that are free or a window old. Sorted, so that two batches never wait for each other in a ring. */
function takeClaims(db: DbOrTransaction, columns: Columns, dedupWindowMs: number, direct: boolean) {
  return sql`
    insert into lead_claims as held (phone_key, lead_id, accepted_at, idempotency_key, direct)
    select distinct on (phone_key) phone_key, id, accepted_at, idempotency_key, ${direct}::boolean
    from (
      select decode(phone_key, 'hex') as phone_key, id, accepted_at, decode(idempotency_key, 'hex') as idempotency_key
      from unnest(
        ${columns.phoneKeys}::text[], ${columns.ids}::uuid[],
        ${columns.acceptedAts}::timestamptz[], ${columns.idempotencyKeys}::text[]
      ) as given (phone_key, id, accepted_at, idempotency_key)
    ) as given
    order by phone_key, accepted_at, id
    on conflict (phone_key) do update
    set lead_id = excluded.lead_id, accepted_at = excluded.accepted_at,
        idempotency_key = excluded.idempotency_key, direct = excluded.direct
    where excluded.accepted_at - held.accepted_at >= ${milliseconds(dedupWindowMs)}`.execute(db)
}

// What a visitor told beside the phone: the columns, and where their values come from.
const told = sql`attribution, variant, language, consent, suspect, state`
const toldOf = sql`given.attribution::jsonb, given.variant, given.language, given.consent,
           string_to_array(given.suspect, ','), case when given.suspect is null then 'new' else 'suspect' end`

/** One row for every lead; the rare one whose phone is held by another lead names it in `duplicate_of`. */
function insertAll(db: DbOrTransaction, columns: Columns, dedupWindowMs: number) {
  return sql`
    insert into leads (id, accepted_at, phone, phone_key, duplicate_of, ${told})
    select given.id, given.accepted_at, given.phone, held.phone_key,
           case when ${isFirst(dedupWindowMs)} then null else held.lead_id end,
           ${toldOf}
    from ${unnested(columns)} join lead_claims as held on held.phone_key = decode(given.phone_key, 'hex')
    on conflict (id, accepted_at) do nothing`.execute(db)
}

/** Rows for the leads that hold their claim, and the holder of every phone of the batch. */
async function insertHolders(
  db: DbOrTransaction,
  columns: Columns,
  dedupWindowMs: number,
): Promise<Map<string, Holder>> {
  const { rows } = await sql<{ phone_key: string; lead_id: string; idempotency_key: string | null }>`
    with first as (
      insert into leads (id, accepted_at, phone, phone_key, ${told})
      select given.id, given.accepted_at, given.phone, held.phone_key, ${toldOf}
      from ${unnested(columns)} join lead_claims as held on held.phone_key = decode(given.phone_key, 'hex')
      where ${isFirst(dedupWindowMs)}
      on conflict (id, accepted_at) do nothing
    )
    select encode(phone_key, 'hex') as phone_key, lead_id, encode(idempotency_key, 'hex') as idempotency_key
    from lead_claims
    where phone_key in (select decode(phone_key, 'hex') from unnest(${columns.phoneKeys}::text[]) as given (phone_key))`.execute(
    db,
  )
  return new Map(
    rows.map((row) => [row.phone_key, { id: row.lead_id, idempotencyKey: row.idempotency_key ?? '' }]),
  )
}

function unnested(columns: Columns) {
  return sql`unnest(
    ${columns.ids}::uuid[], ${columns.acceptedAts}::timestamptz[], ${columns.phones}::text[],
    ${columns.phoneKeys}::text[], ${columns.attributions}::text[], ${columns.variants}::text[],
    ${columns.languages}::text[], ${columns.consents}::text[], ${columns.suspects}::text[]
  ) as given (id, accepted_at, phone, phone_key, attribution, variant, language, consent, suspect)`
}

/** The dedup rule of `leads/window.ts`, in SQL. */
function isFirst(dedupWindowMs: number) {
  const window = milliseconds(dedupWindowMs)
  return sql`(
    held.lead_id = given.id
    or given.accepted_at - held.accepted_at >= ${window}
    or held.accepted_at - given.accepted_at >= ${window}
  )`
}

const milliseconds = (duration: number) => sql`make_interval(secs => ${duration / 1000}::float8)`

async function quarantine(db: Db, lead: Lead, reason: string): Promise<void> {
  await db
    .insertInto('lead_quarantine')
    .values({
      id: lead.id,
      accepted_at: new Date(acceptedAtMs(lead.id)),
      reason,
      payload: Buffer.from(JSON.stringify(lead)),
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
}

async function findLead(db: Db, leadId: string): Promise<LeadState | undefined> {
  const { rows } = await sql<{ state: LeadState }>`
    select 'stored' as state from leads
    where id = ${leadId}::uuid and accepted_at = ${new Date(acceptedAtMs(leadId))}
    union all
    select 'quarantined' from lead_quarantine where id = ${leadId}::uuid
    limit 1`.execute(db)
  return rows[0]?.state
}

// SQLSTATE classes that say "these rows", not "not now": cardinality, data exception, integrity constraint, limits.
const rowsAtFault = /^(21|22|23|54)/

async function orUnstorable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    const code = (error as { code?: unknown }).code
    if (typeof code === 'string' && code.length === 5 && rowsAtFault.test(code))
      throw new Unstorable(`SQLSTATE ${code}`)
    throw error
  }
}
