import { sql } from 'kysely'
import { bucketCount } from '../../events/vitals.ts'
import { createKeyedHash } from '../../keyed-hash.ts'
import { phoneKeyOf } from '../../leads/phone.ts'
import { createLog } from '../../log.ts'
import { theCommand } from '../../operators/audit.ts'
import { connectPostgres, type Db, type DbOrTransaction } from '../../postgres/connection.ts'
import { holdIndex, indexLeads, keyStart } from '../../postgres/lead-index.ts'
import { createLiveStore } from '../../postgres/live-store.ts'
import { ensurePartitions } from '../../postgres/partitions.ts'
import { lineSecret } from '../../testing/stage/line.ts'
import type { Stage } from '../stage.ts'

// Rows as a campaign of three months leaves them, made by Postgres itself: a visitor each by the line would take hours.

const days = 90
const dayMs = 86_400_000
const perStep = 50_000
const atOnce = 2
const owners = 40
/** So many of all leads have it, and they lie far apart. */
export const rareCampaign = 'spring-reprint'

type SeedOptions = Readonly<{ url: string; count: number; say(line: string): void }>

/** Some of the phones that are there, whose keys are real ones, and somebody who called. */
export type Seeded = Readonly<{ count: number; phones: readonly string[]; owner: string }>

/** Since when this share of all leads has come. */
export const momentAt = (share: number) => new Date(Date.now() - share * days * dayMs)

const known = 200

/** So many leads and events, made unless they are there already. */
export async function seededIn(
  { db, services }: Pick<Stage, 'db' | 'services'>,
  count: number,
  say: (line: string) => void,
): Promise<Seeded> {
  const { rows } = await sql<{ yes: boolean }>`select exists (select from leads) as yes`.execute(db)
  if (!rows[0]!.yes) await seed({ url: services.env.MIGRATE_DATABASE_URL!, count, say })
  return { count, phones: phonesIn(count), owner: ownerOf(1) }
}

/** Fills tables that are empty. The indexes that rows in no order would make slow are made after them. */
async function seed({ url, count, say }: SeedOptions): Promise<void> {
  const db = connectPostgres({
    ...{
      url,
      poolMax: atOnce,
      applicationName: 'bench',
      log: createLog({ level: 'error', process: 'bench' }),
    },
    statementTimeoutMs: 15 * 60_000,
  })
  const timed = async (what: string, work: () => Promise<unknown>) => {
    const startedAtMs = performance.now()
    await work()
    say(`${what} in ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`)
  }
  try {
    const now = Date.now()
    await ensurePartitions(db, { now: new Date(now - days * dayMs), monthsAhead: 4 })
    await timed(`${count} leads`, () =>
      withoutIndexes(db, ['lead_claims', 'lead_work'], () =>
        inSteps(db, count, (tx, from, to) => storeLeads(tx, { from, to, count, now })),
      ),
    )
    await timed(`${count} events`, async () => {
      await inSteps(db, count, (tx, from, to) => storeEvents(tx, { from, to, count, now }))
      await countEvents(db)
      await countSources(db)
    })
    await nameSome(db, count)
    const variants = [...'ab'].map((name) => ({ name, weight: 50 }))
    const experiment = { key: 'hero', salt: 'hero', running: true, variants }
    await createLiveStore(db).setExperiment(experiment.key, theCommand, () => experiment)
    await timed('indexed', async () => {
      await sql`
        insert into lead_index_sweep (begins_at, done_to)
        values (now(), '00000000-0000-0000-0000-000000000000')`.execute(db)
      await withoutIndexes(db, ['lead_index'], () => indexLeads(db, async () => {}, { leadsAtOnce: perStep }))
    })
    await timed('tidied', async () => {
      for (const table of tables) await sql`vacuum (analyze) ${sql.table(table)}`.execute(db)
      await sql`checkpoint`.execute(db)
    })
  } finally {
    await db.destroy()
  }
}

/** Takes away what was submitted since: where rows are kept, the next run would look at leads of no campaign first. */
export async function removeSince(db: Db, since: Date): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await sql`
      create temp table gone on commit drop as
      select id, phone_key from leads where accepted_at >= ${since}`.execute(tx)
    await sql`delete from lead_claims using gone where lead_claims.phone_key = gone.phone_key`.execute(tx)
    await holdIndex(tx)
    await sql`
      delete from lead_index using gone
      where lead_index.lead_id = gone.id and lead_index.key_start = ${keyStart('gone.phone_key')}`.execute(tx)
    await sql`delete from leads where accepted_at >= ${since}`.execute(tx)
    await sql`truncate leads_to_index, uncounted`.execute(tx)
  })
  for (const table of tables) await sql`vacuum (analyze) ${sql.table(table)}`.execute(db)
}

const tables = [
  ...(['leads', 'lead_claims', 'lead_work', 'lead_index', 'lead_kinds', 'events', 'event_counts'] as const),
  ...(['source_counts', 'source_waits'] as const),
]
const ownerOf = (place: number) => `00000000-0000-4000-8000-${String(place).padStart(12, '0')}`

function phonesIn(count: number): string[] {
  const every = Math.max(1, Math.floor(count / known))
  return Array.from({ length: Math.min(known, count) }, (_, place) => {
    const digits = (BigInt(place * every) * 618_033_989n) % 1_000_000_000n
    return `+989${String(digits).padStart(9, '0')}`
  })
}

/** Indexes of these tables are dropped and made again: to put millions of rows in no order into one takes hours. */
async function withoutIndexes(db: Db, of: readonly string[], work: () => Promise<unknown>): Promise<void> {
  const { rows: made } = await sql<{ drop: string; make: string }>`
    select case when held.oid is null then format('drop index %s', ind.indexrelid::regclass)
        else format('alter table %s drop constraint %I', ind.indrelid::regclass, held.conname) end as drop,
      case when held.oid is null then pg_get_indexdef(ind.indexrelid)
        else format('alter table %s add constraint %I %s', ind.indrelid::regclass, held.conname, pg_get_constraintdef(held.oid))
        end as make
    from pg_index as ind left join pg_constraint as held on held.conindid = ind.indexrelid
    where ind.indrelid = any(${of}::regclass[]) and not (ind.indisunique and ind.indrelid = 'lead_index'::regclass)`.execute(
    db,
  )
  for (const { drop } of made) await sql.raw(drop).execute(db)
  await work()
  for (const { make } of made) await sql.raw(make).execute(db)
}

/** `work` for each step, some at once. */
async function inSteps(
  db: Db,
  count: number,
  work: (tx: DbOrTransaction, from: number, to: number) => Promise<unknown>,
): Promise<void> {
  let next = 0
  const go = async () => {
    while (next < count) {
      const from = next
      const to = Math.min(count, from + perStep)
      next = to
      await db.transaction().execute(async (tx) => {
        // What a crash would lose of a bench is made again.
        await sql`set local synchronous_commit = off`.execute(tx)
        await sql`set local work_mem = '256MB'`.execute(tx)
        await work(tx, from, to)
      })
    }
  }
  await Promise.all(Array.from({ length: atOnce }, go))
}

type Step = Readonly<{ from: number; to: number; count: number; now: number }>

/** Numbers that belong to a row and say nothing of each other. */
const lots = sql.raw(`
  cross join lateral (select md5(n::text) as hash) as hashed
  cross join lateral (select ('x' || left(hash, 7))::bit(28)::int as one, ('x' || substr(hash, 8, 7))::bit(28)::int as two,
    ('x' || substr(hash, 15, 7))::bit(28)::int as three, ('x' || substr(hash, 22, 7))::bit(28)::int as four) as lots`)
const at = ({ count, now }: Step) =>
  sql`${now}::bigint - ${days * dayMs}::bigint + floor(${days * dayMs}::float8 * (n + 1) / ${count + 1}::float8)::bigint`
const moment = sql.raw('to_timestamp(ms / 1000.0::numeric)')

// Of the last weeks nearly all are worked on, of those before some: callers take the latest first.
const storeLeads = (db: DbOrTransaction, step: Step) =>
  sql`
  with given as (
    select n, hash, one, two, three, four, ms,
      (lpad(to_hex(ms), 12, '0') || '7' || left(hash, 3) || 'a' || substr(hash, 4, 15))::uuid as id,
      '+989' || lpad((n * 618033989 % 1000000000)::text, 9, '0') as phone,
      one % 1000 < 970 as is_first, two % 1000 < 4 as is_suspect,
      case when one % 1000 >= 970 then 'new' when two % 1000 < 3 then 'suspect' when two % 1000 < 7 then 'corrected'
        when ms < ${step.now - 3_600_000}::bigint
          and three % 100 < case when ms > ${step.now - 20 * dayMs}::bigint then 95 else 20 end
          then (array['called', 'no_answer', 'interested', 'won', 'lost'])[1 + four % 5]
        else 'new' end as state
    from (
      select n, ${at(step)} as ms from generate_series(${step.from}::bigint, ${step.to - 1}::bigint) as n
    ) as each ${lots}
  ), claimed as (
    insert into lead_claims (phone_key, lead_id, accepted_at, idempotency_key, direct)
    select decode(md5(phone), 'hex'), id, ${moment}, decode(reverse(hash), 'hex'), false from given where is_first
  ), worked as (
    insert into lead_work (lead_id, accepted_at, state, owner_id, first_called_at, changed_at)
    select id, ${moment}, state, ('00000000-0000-4000-8000-' || lpad((1 + one % ${owners})::text, 12, '0'))::uuid,
      ${moment} + make_interval(secs => two % 7200), ${moment} + make_interval(secs => two % 90000)
    from given where state not in ('new', 'suspect', 'corrected')
  )
  insert into leads (id, accepted_at, stored_at, phone, phone_key, duplicate_of, state, attribution, variant, language, suspect)
  select id, ${moment}, ${moment} + interval '40 ms', phone, decode(md5(phone), 'hex'),
    case when not is_first then id end, state,
    jsonb_build_object('utm_source', (array['google', 'instagram', 'telegram', 'sms', 'tv', 'mail', 'partner'])[1 + least(three % 12, 6)],
      'utm_medium', (array['cpc', 'social', 'broadcast'])[1 + three % 3],
      'utm_campaign', case when n % 250000 = 7 then ${rareCampaign}::text
        else 'autumn-' || least(two % 30, three % 30) end),
    'hero.' || (array['a', 'b'])[1 + four % 2], (array['fa', 'fa', 'fa', 'en'])[1 + (four / 8) % 4],
    case when is_suspect then array['too_fast'] end
  from given`.execute(db)

const storeEvents = (db: DbOrTransaction, step: Step) =>
  sql`
  insert into events (id, accepted_at, visitor_id, word, event_type, value, bot)
  select (lpad(to_hex(ms), 12, '0') || '7' || left(hash, 3) || 'a' || substr(hash, 4, 15))::uuid, ${moment},
    'bench-' || n / 5, 'hero.' || (array['a', 'b'])[1 + (n / 5 % 2)::int],
    (array['page_view', 'exposure', 'web_vital_lcp', 'cta_click', 'form_submit'])[1 + (n % 5)::int],
    case when n % 5 = 2 then 800 + one % 3000 end, one % 37 = 0
  from (
    select n, ${at(step)} as ms from generate_series(${step.from}::bigint, ${step.to - 1}::bigint) as n
  ) as each ${lots}`.execute(db)

/** As `storeGiven` counts them, all at once. */
const countEvents = (db: Db) =>
  sql`
  insert into event_counts (grain, starts_at, experiment, variant, event_type, bot, events, visitors, converted)
  select grain, case grain when 'day' then date_trunc('day', quarter, 'UTC') else quarter end, 'hero', variant, event_type, bot,
    sum(events), sum(events), case event_type when 'exposure' then sum(events) / 20 else 0 end
  from (
    select date_bin('15 minutes', accepted_at, 'epoch') as quarter, split_part(word, '.', 2) as variant, event_type, bot,
      count(*) as events
    from events group by 1, 2, 3, 4
  ) as counted cross join (values ('quarter'), ('day')) as grains (grain)
  group by 1, 2, 4, 5, 6`.execute(db)

/** Sums by source and campaign as they would stand, in as many rows; what was waited for is anything. */
async function countSources(db: Db): Promise<void> {
  await sql`
    with told as (
      select date_bin('15 minutes', accepted_at, 'epoch') as quarter, dimension, value, duplicate_of is null as first,
        suspect is not null as suspect, state
      from leads cross join lateral (values ('source', attribution->>'utm_source'), ('campaign', attribution->>'utm_campaign'))
        as tells (dimension, value)
    ), summed as (
      select quarter, dimension, value, count(*) filter (where first) as leads, count(*) filter (where suspect) as suspects,
        count(*) filter (where not first) as duplicates, count(*) filter (where state not in ('new', 'suspect')) as called
      from told group by 1, 2, 3
    ), grained as (
      select grain, dimension, case grain when 'day' then date_trunc('day', quarter, 'UTC') else quarter end as starts_at, value,
        sum(leads) as leads, sum(suspects) as suspects, sum(duplicates) as duplicates, sum(called) as called
      from summed cross join (values ('quarter'), ('day')) as grains (grain) group by 1, 2, 3, 4
    ), waited as (
      insert into source_waits select grain, dimension, starts_at, value, array_fill(1::bigint, array[${bucketCount}::int])
      from grained where called > 0
    )
    insert into source_counts (
      grain, dimension, starts_at, value, visits, leads, suspects, duplicates, corrected, called, called_soon)
    select grain, dimension, starts_at, value, leads * 20, leads, suspects, duplicates, 0, called, called / 2
    from grained`.execute(db)
}

/** Gives some leads, spread over all of the time, the keys that their phones really have. */
async function nameSome(db: Db, count: number): Promise<void> {
  const phones = phonesIn(count)
  const keyedHash = createKeyedHash(lineSecret)
  const keys = phones.map((phone) => phoneKeyOf(keyedHash, phone))
  await sql`
    with real as (
      select decode(md5(phone), 'hex') as given, decode(key, 'hex') as key
      from unnest(${phones}::text[], ${keys}::text[]) as each (phone, key)
    ), claimed as (
      update lead_claims set phone_key = real.key from real where phone_key = real.given
      returning lead_id, accepted_at, phone_key
    )
    update leads set phone_key = claimed.phone_key from claimed
    where leads.id = claimed.lead_id and leads.accepted_at = claimed.accepted_at`.execute(db)
}
