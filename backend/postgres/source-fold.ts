import { sql } from 'kysely'
import { otherValues, valuesKept } from '../desk/sources.ts'
import type { Db, DbOrTransaction } from './connection.ts'

// Leads of a night are called by then, and a source that begins has had a day to bring some.
const foldedAfter = '2 days'
const knownFor = '35 days'

/**
 * Of each day that is over for a while keeps those values that brought the most leads, then visits, and counts the rest together:
 * what strangers write grows no table. What has brought nobody for weeks gives up its place. Resolves with how many days it changed.
 */
export async function foldSources(db: Db): Promise<number> {
  const { rows } = await sql<Day>`
    select dimension, starts_at from source_counts
    where grain = 'day' and starts_at < now() - ${foldedAfter}::interval
    group by dimension, starts_at having count(*) > ${valuesKept + 1}`.execute(db)
  for (const day of rows) await db.transaction().execute((tx) => foldDay(tx, day))
  await sql`
    delete from source_values as known
    where met_at < now() - ${foldedAfter}::interval and not exists (
      select from source_counts as held
      where grain = 'day' and held.dimension = known.dimension and held.value = known.value
        and starts_at > now() - ${knownFor}::interval)`.execute(db)
  return rows.length
}

type Day = Readonly<{ dimension: string; starts_at: Date }>

/** While nobody counts: what is added to a value that is just folded would be lost, or stand alone. */
async function foldDay(tx: DbOrTransaction, { dimension, starts_at: day }: Day): Promise<void> {
  await sql`select from source_progress for update`.execute(tx)
  const isOfDay = sql`
    dimension = ${dimension} and grain = any(array['day', 'quarter'])
    and starts_at >= ${day} and starts_at < ${day}::timestamptz + interval '1 day'`
  const { rows } = await sql<{ value: string }>`
    select value from source_counts
    where grain = 'day' and dimension = ${dimension} and starts_at = ${day} and value <> ${otherValues}
    order by leads + suspects + duplicates + corrected desc, visits desc, value offset ${valuesKept}`.execute(
    tx,
  )
  const values = rows.map(({ value }) => value)
  await sql`
    with gone as (
      delete from source_counts where ${isOfDay} and value = any(${values}::text[]) returning *
    )
    insert into source_counts as held
    select grain, dimension, starts_at, ${otherValues}, sum(visits), sum(leads), sum(suspects), sum(duplicates), sum(corrected),
           sum(called), sum(called_soon)
    from gone group by grain, dimension, starts_at
    on conflict (grain, dimension, starts_at, value) do update
    set visits = held.visits + excluded.visits, leads = held.leads + excluded.leads,
        suspects = held.suspects + excluded.suspects, duplicates = held.duplicates + excluded.duplicates,
        corrected = held.corrected + excluded.corrected, called = held.called + excluded.called,
        called_soon = held.called_soon + excluded.called_soon`.execute(tx)
  await sql`
    with gone as (
      delete from source_waits where ${isOfDay} and value = any(${values}::text[]) returning *
    ), summed as (
      select grain, dimension, starts_at, place, sum(count) as count
      from gone cross join lateral unnest(buckets) with ordinality as each (count, place)
      group by grain, dimension, starts_at, place
    )
    insert into source_waits as held
    select grain, dimension, starts_at, ${otherValues}, array_agg(count order by place)
    from summed group by grain, dimension, starts_at
    on conflict (grain, dimension, starts_at, value) do update
    set buckets = (
      select array_agg(mine + theirs order by place)
      from unnest(held.buckets, excluded.buckets) with ordinality as pair (mine, theirs, place))`.execute(tx)
}
