import { type RawBuilder, sql } from 'kysely'
import { otherValues, soonS, touches, valueLengthMax, valuesMax, waitUnitS } from '../desk/sources.ts'
import { bucketBase, bucketCount } from '../events/vitals.ts'
import type { Db, DbOrTransaction } from './connection.ts'
import { type LastBatch, rushBatches, rushWithinS, tellRush } from './delivery-batches.ts'
import { timeIn } from './lead-index.ts'
import { ofTouch, toldOr, touchOf } from './source-values.ts'

type Progress = Readonly<{ since: Date | null; isReady: boolean; leadsTo: string; eventsTo: string }>

/** So much is counted in one transaction, which takes some tens of milliseconds. */
const atOnce = 1_000
const rowsLookedAt = 200
const last = 'ffffffff-ffff-ffff-ffff-ffffffffffff'
// A worker of the version before may store for a moment yet without writing down that it has still to be counted. What is
// stored before then is counted as that of before, a moment after it.
const settlesWithinS = 60

/**
 * Counts what was stored, or has become of leads, since the last time: at most so much that nobody waits for it. What is
 * counted is no longer `uncounted` in the same transaction, whose one snapshot also says how far what is older was counted: so
 * nothing counts twice, whenever it is ended, and nothing is passed over, however late its transaction commits. Resolves with
 * how much it counted; 0 when nothing is left, or another worker is at it.
 */
export function countSources(db: Db): Promise<number> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      // Plans are made for tables of any size: ids are looked up.
      await sql`
        select set_config(name, 'off', true)
        from unnest(array['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin']) as name`.execute(tx)
      const progress = await hold(tx)
      if (!progress) return 0
      if (!progress.since) {
        await sql`
          update source_progress set since = clock_timestamp() + make_interval(secs => ${settlesWithinS})`.execute(
          tx,
        )
        return 0
      }
      const counted = await countUncounted(tx)
      if (counted > 0 || !progress.isReady) return counted
      // Nothing is left that may speak of what follows.
      const older = progress.leadsTo === last ? 0 : await countOlderLeads(tx)
      if (older > 0 || progress.eventsTo === last) return older
      return countOlderVisits(tx)
    })
    .catch((error: { code?: string }) => {
      if (error.code === serializationFailure) return 0
      throw error
    })
}

/** Whether leads come faster than they are stored, by the last batches that are still to be counted. */
export async function isRushUncounted(db: Db): Promise<boolean> {
  const { rows } = await sql<LastBatch>`
    select ids[1] as first, cardinality(ids) as leads, extract(epoch from written_at)::float8 * 1000 as ms
    from (
      select ids, written_at from (select * from uncounted order by id desc limit ${uncountedLookedAt}) as last
      where what = 'stored' order by id desc limit ${rushBatches}
    ) as latest
    where abs(extract(epoch from now() - written_at)) < ${rushWithinS}`.execute(db)
  return tellRush(rows)
}

// Visits are among them.
const uncountedLookedAt = 200
const serializationFailure = '40001'

/** Held by whoever counts; who has waited for it finds that it has changed since, and comes again. */
async function hold(tx: DbOrTransaction): Promise<Progress | undefined> {
  const { rows } = await sql<Progress>`
    select since, clock_timestamp() > since + make_interval(secs => ${settlesWithinS}) as "isReady",
           leads_to as "leadsTo", events_to as "eventsTo"
    from source_progress for update skip locked`.execute(tx)
  if (rows[0]) await sql`update source_progress set counted_at = now()`.execute(tx)
  return rows[0]
}

/** What is said of older leads counts only once they are counted themselves: until then they are counted as they are. */
async function countUncounted(tx: DbOrTransaction): Promise<number> {
  return countGiven(
    tx,
    sql`
      taken as (
        delete from uncounted where id in (
          select id from (
            select id, sum(cardinality(ids)) over (order by id) - cardinality(ids) as before
            from (select id, ids from uncounted order by id limit ${rowsLookedAt}) as first
          ) as sized where before < ${atOnce}
        ) returning what, was, ids, called_at
      ), each as (
        select what, was, id, ${timeIn('id')} as accepted_at, called_at
        from taken cross join lateral unnest(ids) as id
      ), given as (
        select kept.accepted_at, attribution, language, device, landing, told.what, told.change,
               case when told.what = 'called'
                 then extract(epoch from coalesce(each.called_at, first_called_at) - kept.accepted_at) end as wait_s
        from each join leads as kept on kept.id = each.id and kept.accepted_at = each.accepted_at
        cross join source_progress
        left join lead_work on each.what = 'called' and each.called_at is null and lead_id = kept.id
        cross join lateral (
          select case each.what when 'stored' then ${kindAtFirst} else each.what end as what, 1 as change
          where each.what <> 'uncalled'
          union all select each.was, -1 where each.was is not null
        ) as told
        where each.what <> 'visited' and (stored_at >= since or (each.what <> 'stored' and each.id <= leads_to))
        union all
        select kept.accepted_at, attribution, null, device, case when own_page then url end, 'visited', 1, null
        from each join events as kept on kept.id = each.id and kept.accepted_at = each.accepted_at
        cross join source_progress
        where each.what = 'visited' and kept.accepted_at >= since
      )`,
    sql`select count(*) from each`,
  )
}

// What says so never changes, whatever becomes of the lead.
const kindAtFirst = sql`
  case when duplicate_of is not null then 'duplicate' when suspect is not null then 'suspect' else 'lead' end`

/** What was stored before anything said that it has to be counted. */
async function countOlderLeads(tx: DbOrTransaction): Promise<number> {
  return countGiven(
    tx,
    sql`
      page as (
        select leads.*, first_called_at from leads left join lead_work on lead_id = id
        where id > (select leads_to from source_progress) order by id limit ${atOnce}
      ), moved as (
        update source_progress set leads_to = coalesce((select id from page order by id desc limit 1), ${last}::uuid)
      ), given as (
        select page.accepted_at, attribution, language, device, landing, told.what, 1 as change, told.wait_s
        from page cross join source_progress
        cross join lateral (
          select case when state in ('corrected', 'suspect') then state when duplicate_of is not null then 'duplicate'
                      else 'lead' end as what, null::numeric as wait_s
          union all
          select 'called', extract(epoch from first_called_at - page.accepted_at) where first_called_at is not null
        ) as told
        where stored_at < since
      )`,
    sql`select count(*) from page`,
  )
}

async function countOlderVisits(tx: DbOrTransaction): Promise<number> {
  return countGiven(
    tx,
    sql`
      page as (
        select * from events where id > (select events_to from source_progress) order by id limit ${atOnce}
      ), moved as (
        update source_progress set events_to = coalesce((select id from page order by id desc limit 1), ${last}::uuid)
      ), given as (
        select accepted_at, attribution, null as language, device, case when own_page then url end as landing, 'visited' as what,
               1 as change, null::numeric as wait_s
        from page cross join source_progress
        where event_type = 'page_view' and not bot and accepted_at < since
      )`,
    sql`select count(*) from page`,
  )
}

// A visit is where it comes from itself: it counts by its last touch, also beside leads of a first one.
const dimensions = [
  ...touches.flatMap((touch) =>
    Object.entries(ofTouch).map(([name, of]) => {
      const value = sql`left(${of(touchOf(sql`attribution`, touch))}, ${sql.lit(valueLengthMax)})`
      return touch === 'last'
        ? { name, value }
        : { name: `first_${name}`, value: sql`case when what <> 'visited' then ${value} end` }
    }),
  ),
  { name: 'landing', value: toldOr(sql`landing`) },
  { name: 'device', value: toldOr(sql`device`) },
  { name: 'language', value: sql`case when what <> 'visited' then ${toldOr(sql`language`)} end` },
]
const eachNamed = sql.join(dimensions.map(({ name, value }) => sql`${value} as ${sql.ref(name)}`))
const eachName = sql.join(dimensions.map(({ name }) => sql.ref(name)))
const eachAsRow = sql.join(dimensions.map(({ name }) => sql`(${sql.lit(name)}::text, ${sql.ref(name)})`))

const startOf = sql`case grain when 'day' then date_trunc('day', quarter, 'UTC') else quarter end`
const sumOf = (what: string) => sql`coalesce(sum(times) filter (where what = ${what}), 0)`
const bucketOf = (waitS: RawBuilder<unknown>) => sql`
  least(${sql.lit(bucketCount - 1)}, ceil(ln(greatest(1, ${waitS} / ${sql.lit(waitUnitS)})) / ln(${sql.lit(bucketBase)}::numeric)))::int`

/**
 * Counts what `given` tells, by each dimension. A value that is new gets a place while there is one, those that brought leads
 * first; all others count together.
 */
async function countGiven(
  tx: DbOrTransaction,
  given: RawBuilder<unknown>,
  counted: RawBuilder<unknown>,
): Promise<number> {
  const { rows } = await sql<{ counted: number }>`
    with ${given}, apart as (
      select date_bin('15 minutes', accepted_at, 'epoch') as quarter, what, change, ${eachNamed},
             case when what = 'called' then ${bucketOf(sql`wait_s`)} end as bucket,
             what = 'called' and wait_s <= ${soonS} as soon
      from given
    ), alike as (
      select quarter, what, bucket, soon, ${eachName}, sum(change) as times
      from apart group by quarter, what, bucket, soon, ${eachName}
    ), told as (
      select quarter, what, bucket, soon, times, dimension, value
      from alike cross join lateral (values ${eachAsRow}) as tells (dimension, value)
      where value is not null
    ), met as (
      select dimension, value, count(*) filter (where what <> 'visited') as leads, sum(times) as times
      from told group by dimension, value
    ), fresh as (
      select dimension, value, row_number() over (partition by dimension order by leads desc, times desc, value) as place
      from met where not exists (
        select from source_values as known where known.dimension = met.dimension and known.value = met.value)
    ), admitted as (
      insert into source_values (dimension, value)
      select dimension, value from fresh
      where place + (select count(*) from source_values as known where known.dimension = fresh.dimension) <= ${valuesMax}
      returning dimension, value
    ), named as (
      select dimension, value from met where exists (
        select from source_values as known where known.dimension = met.dimension and known.value = met.value)
      union all select dimension, value from admitted
    ), grained as (
      select grain, told.dimension, ${startOf} as starts_at, coalesce(named.value, ${otherValues}) as value, what, bucket, soon, times
      from told left join named on named.dimension = told.dimension and named.value = told.value
      cross join (values ('quarter'), ('day')) as grains (grain)
    ), counted as (
      insert into source_counts as held
        (grain, dimension, starts_at, value, visits, leads, suspects, duplicates, corrected, called, called_soon)
      select grain, dimension, starts_at, value, ${sumOf('visited')}, ${sumOf('lead')}, ${sumOf('suspect')},
             ${sumOf('duplicate')}, ${sumOf('corrected')}, ${sumOf('called')}, coalesce(sum(times) filter (where soon), 0)
      from grained group by grain, dimension, starts_at, value
      on conflict (grain, dimension, starts_at, value) do update
      set visits = held.visits + excluded.visits, leads = held.leads + excluded.leads,
          suspects = held.suspects + excluded.suspects, duplicates = held.duplicates + excluded.duplicates,
          corrected = held.corrected + excluded.corrected, called = held.called + excluded.called,
          called_soon = held.called_soon + excluded.called_soon
    ), waited as (
      insert into source_waits as held (grain, dimension, starts_at, value, buckets)
      select grain, dimension, starts_at, value,
             (select array_agg((select coalesce(sum(many), 0) from unnest(found, times) as each (at, many) where at = place) order by place)
              from generate_series(0, ${bucketCount - 1}) as place)
      from (
        select grain, dimension, starts_at, value, array_agg(bucket) as found, array_agg(times) as times
        from grained where what = 'called' group by grain, dimension, starts_at, value
      ) as together
      on conflict (grain, dimension, starts_at, value) do update
      set buckets = (
        select array_agg(mine + theirs order by place)
        from unnest(held.buckets, excluded.buckets) with ordinality as pair (mine, theirs, place))
    )
    select (${counted})::int as counted`.execute(tx)
  return rows[0]!.counted
}
