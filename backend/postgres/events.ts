import { type RawBuilder, sql } from 'kysely'
import { acceptedAtMs } from '../batching/ids.ts'
import type { CountRow, StatsReader, VitalRow } from '../events/ports.ts'
import { type EventBatch, type EventStore, type EventTable, UnstorableEvents } from '../events/ports.ts'
import type { Span } from '../events/span.ts'
import { bucketBase, bucketCount } from '../events/vitals.ts'
import type { Db } from './connection.ts'
import { dropPartitionsBefore } from './partitions.ts'
import { tellingRowsAtFault } from './rows-at-fault.ts'

/** The table where events end up: one statement for batches that come together, safe to repeat. */
export function createEventTable(db: Db): EventTable & EventStore {
  const store = (batches: readonly EventBatch[]) => orUnstorable(storeGiven(db, recordsOf(batches)))
  return {
    store,
    async commit(batch) {
      await store([batch])
    },
  }
}

// How far a visitor got with a variant. A step tells what it added when it was reached: `exposed` one who was shown it,
// `converted` one of those who submitted, `both` one and the other. `submitted` adds nothing: it waits for an exposure
// that is stored after it, and was no later.
const [exposed, submitted, converted, both] = [1, 2, 3, 4].map((step) => sql.lit(step))

// Hardly any batch comes twice, and to write each row as a guess first takes a fifth of Postgres' time for an event.
const uniqueViolation = '23505'

const startOf = sql`case grain when 'day' then date_trunc('day', quarter, 'UTC') else quarter end`

/**
 * Stores rows of (id, accepted_at, visitor_id, word, event_type, value, bot, details, device, own_page) and counts those that were not
 * there yet, by each part of their word, in the same statement. A visitor who was exposed to a variant and submits the
 * form converts, once, and is booked where the exposure is: under its variant and in its quarter of an hour. Resolves
 * with how many were not there yet.
 */
export async function storeGiven(db: Db, given: RawBuilder<unknown>): Promise<number> {
  try {
    return await storeRows(db, given, sql``)
  } catch (error) {
    if ((error as { code?: unknown }).code !== uniqueViolation) throw error
    return storeRows(db, given, sql`on conflict (id, accepted_at) do nothing`)
  }
}

async function storeRows(
  db: Db,
  given: RawBuilder<unknown>,
  unlessThere: RawBuilder<unknown>,
): Promise<number> {
  const { rows } = await sql<{ stored: string }>`
    with given as (${given}), stored as (
      insert into events (id, accepted_at, visitor_id, word, event_type, value, bot, attribution, url, device, own_page)
      select id, accepted_at, visitor_id, word, event_type, value, bot, details -> 'attribution', details ->> 'url', device, own_page
      from given
      ${unlessThere}
      returning id, accepted_at, visitor_id, word, event_type, value, bot, device
    ), visited as (
      insert into uncounted (what, ids)
      select 'visited', array_agg(id) from stored where event_type = 'page_view' and not bot having count(*) > 0
    ), part as (
      select quarter, experiment, variant, visitor_id, event_type, value, bot, device, vital,
             case when vital or (event_type = 'exposure' and experiment <> '' and not bot) then null
                  else hashtextextended(experiment || '.' || event_type || '.' || visitor_id, 0) end as key
      from (
        select date_bin('15 minutes', accepted_at, 'epoch') as quarter, split_part(part, '.', 1) as experiment,
               split_part(part, '.', 2) as variant, visitor_id, event_type, value, bot, device,
               starts_with(event_type, 'web_vital_') as vital
        from stored cross join unnest(case word when '' then '{.}' else string_to_array(word, '-') end) as part
      ) as each
    ), candidate as (
      select distinct on (key) key, quarter, experiment, variant, event_type, bot
      from part where key is not null order by key, quarter, bot, variant
    ), first as (
      insert into event_firsts (key, seen_on)
      select key, (quarter at time zone 'UTC')::date from candidate order by key
      on conflict (key) do nothing
      returning key
    ), person as (
      select hashtextextended(experiment || '.' || variant || '.' || visitor_id, 0) as key, experiment, variant,
             min(quarter) filter (where event_type = 'exposure') as exposed_at,
             max(quarter) filter (where event_type = 'form_submit') as submitted_at,
             coalesce(min(device) filter (where event_type = 'exposure'), '') as device
      from part where event_type in ('exposure', 'form_submit') and experiment <> '' and not bot
      group by experiment, variant, visitor_id
    ), cohort as (
      insert into event_cohorts as held (key, at, step)
      select key, coalesce(exposed_at, submitted_at),
             case when exposed_at is null then ${submitted} when submitted_at >= exposed_at then ${both} else ${exposed} end
      from person order by key
      on conflict (key) do update
      set at = case held.step when ${exposed} then held.at else excluded.at end,
          step = case when held.step = ${exposed} then ${converted} when excluded.step = ${submitted} then ${submitted}
                      when excluded.step = ${both} or held.at >= excluded.at then ${both} else ${exposed} end
      where (held.step = ${exposed} and excluded.step <> ${exposed} and excluded.at >= held.at)
         or (held.step = ${submitted} and (excluded.step <> ${submitted} or excluded.at > held.at))
      returning key, at, step
    ), tally as (
      select quarter, experiment, variant, event_type, bot, count(*) as events, 0 as visitors, 0 as converted
      from part group by quarter, experiment, variant, event_type, bot
      union all
      select quarter, experiment, variant, event_type, bot, 0, count(*), 0
      from candidate join first using (key) group by quarter, experiment, variant, event_type, bot
      union all
      select at, experiment, variant, 'exposure', false, 0, (step <> ${converted})::int, (step <> ${exposed})::int
      from person join cohort using (key) where step <> ${submitted}
    ), grained as (
      select grain, ${startOf} as starts_at, experiment, variant, event_type, bot,
             sum(events) as events, sum(visitors) as visitors, sum(converted) as converted
      from tally cross join (values ('quarter'), ('day')) as grains (grain)
      group by grain, ${startOf}, experiment, variant, event_type, bot
    ), counted as (
      insert into event_counts as held (grain, starts_at, experiment, variant, event_type, bot, events, visitors, converted)
      select * from grained order by grain, starts_at, experiment, variant, event_type, bot
      on conflict (grain, starts_at, experiment, variant, event_type, bot) do update
      set events = held.events + excluded.events, visitors = held.visitors + excluded.visitors,
          converted = held.converted + excluded.converted
    ), dealt as (
      insert into exposure_counts as held (grain, starts_at, experiment, variant, device, visitors)
      select grain, ${startOf} as starts_at, experiment, variant, device, count(*)
      from (
        select at as quarter, experiment, variant, device from person join cohort using (key) where step in (${exposed}, ${both})
      ) as shown cross join (values ('quarter'), ('day')) as grains (grain)
      group by grain, ${startOf}, experiment, variant, device
      order by grain, experiment, starts_at, variant, device
      on conflict (grain, experiment, starts_at, variant, device) do update set visitors = held.visitors + excluded.visitors
    ), measured as (
      select grain, ${startOf} as starts_at, experiment, variant, event_type,
             least(${bucketCount - 1}, greatest(0, ceil(ln(greatest(1, value * case event_type when 'web_vital_cls' then 1000 else 1 end)) / ln(${bucketBase}::float8))))::int as bucket
      from part cross join (values ('quarter'), ('day')) as grains (grain) where vital and not bot
    ), vitals as (
      insert into event_vitals as held (grain, starts_at, experiment, variant, event_type, buckets)
      select grain, starts_at, experiment, variant, event_type,
             (select array_agg((select count(*) from unnest(found) as each where each = bucket) order by bucket)
              from generate_series(0, ${bucketCount - 1}) as bucket)
      from (
        select grain, starts_at, experiment, variant, event_type, array_agg(bucket) as found
        from measured group by grain, starts_at, experiment, variant, event_type
      ) as together
      order by grain, starts_at, experiment, variant, event_type
      on conflict (grain, starts_at, experiment, variant, event_type) do update
      set buckets = (
        select array_agg(mine + theirs order by place)
        from unnest(held.buckets, excluded.buckets) with ordinality as pair (mine, theirs, place)
      )
    )
    select count(*) as stored from stored`.execute(db)
  return Number(rows[0]!.stored)
}

/** The rows of batches, out of their records: Postgres takes them apart, so that nobody else has to. */
function recordsOf(batches: readonly EventBatch[]) {
  const ids = batches.map(({ id }) => id)
  const acceptedAt = ids.map((id) => new Date(acceptedAtMs(id)))
  return sql`
    select (left(batch_id, 15) || lpad(to_hex(first + place::int - 1), 3, '0') || substr(batch_id, 19))::uuid as id, accepted_at,
           field[1] as visitor_id, field[2] as word, field[3] as event_type, nullif(field[4], '')::float8 as value,
           field[5] = '1' as bot, nullif(field[6], '')::jsonb as details,
           nullif(field[7], '') as device, case when field[8] is not null then field[8] = '1' end as own_page
    from (
      select batch_id, accepted_at, first, string_to_array(record, E'\\t') as field, place
      from unnest(${ids}::text[], ${acceptedAt}::timestamptz[], ${batches.map(({ from = 0 }) => from)}::int[],
                  ${batches.map(({ records }) => records)}::text[]) as batch (batch_id, accepted_at, first, records)
        cross join lateral string_to_table(records, E'\\n') with ordinality as each (record, place)
    ) as records`
}

// To take the arrays apart and put them together again would take several times as long.
export const eachBucketSummed = sql.join(
  Array.from({ length: bucketCount }, (_, index) => sql`sum(buckets[${sql.lit(index + 1)}])`),
)

/** Reads what was counted, in a number of rows that depends on the time and not on the number of events. */
export function createStatsReader(db: Db): StatsReader {
  return {
    async counts(experiments, spans) {
      const { rows } = await sql<CountRow>`
        select experiment, variant, event_type as "eventType", bot,
               sum(events)::float8 as events, sum(visitors)::float8 as visitors,
               sum(converted)::float8 as converted
        from event_counts where experiment = any(${[...experiments]}::text[]) and ${within(spans)}
        group by experiment, variant, event_type, bot
        order by experiment, variant, event_type, bot`.execute(db)
      return rows
    },
    async vitals(experiments, spans) {
      const { rows } = await sql<VitalRow>`
        select experiment, variant, event_type as "eventType", array[${eachBucketSummed}]::float8[] as buckets
        from event_vitals where experiment = any(${[...experiments]}::text[]) and ${within(spans)}
        group by experiment, variant, event_type
        order by experiment, variant, event_type`.execute(db)
      return rows
    },
  }
}

// Earlier versions counted by the hour. Such an hour belongs where it begins, so that ranges that touch still add up.
const grainsOf = { quarter: ['quarter', 'hour'], day: ['day'] } satisfies Record<Span['grain'], string[]>

/** The rows of the counts that lie within these spans. */
export function within(spans: readonly Span[]) {
  const each = spans.map(
    ({ grain, from, to }) =>
      sql`(grain = any(${grainsOf[grain]}::text[]) and starts_at >= ${from ?? '-infinity'}::timestamptz and starts_at < ${to ?? 'infinity'}::timestamptz)`,
  )
  return sql`(${sql.join([sql`false`, ...each], sql` or `)})`
}

const orUnstorable = <T>(work: Promise<T>) =>
  tellingRowsAtFault(work, (reason) => new UnstorableEvents(reason))

const rowsAtOnce = 20_000

/**
 * Drops events older than a moment by whole months, and what is remembered of their visitors; counts stay. Who comes
 * again later than that counts as new. Returns the months it dropped.
 */
export async function pruneEvents(db: Db, before: Date): Promise<string[]> {
  const dropped = await dropPartitionsBefore(db, 'events', before)
  await deleteInSteps(
    db,
    sql`event_firsts`,
    sql`seen_on < ${before}::timestamptz at time zone 'UTC' - interval '1 day'`,
  )
  await deleteInSteps(db, sql`event_cohorts`, sql`at < ${before}::timestamptz - interval '1 day'`)
  await deleteInSteps(db, sql`events_default`, sql`accepted_at < ${before}::timestamptz`)
  return dropped
}

async function deleteInSteps(db: Db, table: RawBuilder<unknown>, where: RawBuilder<unknown>): Promise<void> {
  while (true) {
    const { numAffectedRows } = await sql`
      delete from ${table} where ctid = any(array(
        select ctid from ${table} where ${where} limit ${rowsAtOnce}
      ))`.execute(db)
    if (Number(numAffectedRows ?? 0) < rowsAtOnce) return
  }
}
