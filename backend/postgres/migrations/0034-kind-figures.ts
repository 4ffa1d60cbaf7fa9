import { type Kysely, sql } from 'kysely'

const kindsMax = 10_000

/**
 * How many leads each kind has, and the latest of them, kept by the database with every row of `lead_index`, whichever version
 * writes it: what has millions is counted from some hundreds of rows. A kind of `others` is one beyond those that there may be:
 * its leads name their own source and campaign in `lead_index`. What stands with the last digits is read from their index alone,
 * and so are the leads of an operator, of which those are marked that their visitors have corrected since.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  // Whoever writes the index has ended, and goes on after us.
  await sql`lock table lead_index in share row exclusive mode`.execute(db)
  await sql`
    alter table lead_kinds
      add column leads bigint not null default 0, add column latest uuid, add column others boolean not null default false`.execute(
    db,
  )
  await sql`alter table lead_kinds set (fillfactor = 50)`.execute(db)
  await sql`alter table lead_index add column source_mark bigint, add column campaign_mark bigint`.execute(db)
  await sql`
    create index lead_index_source on lead_index (source_mark, lead_id) include (kind) where source_mark is not null`.execute(
    db,
  )
  await sql`
    create index lead_index_campaign on lead_index (campaign_mark, lead_id) include (kind)
    where campaign_mark is not null`.execute(db)
  await sql`drop index lead_index_tail`.execute(db)
  await sql`
    create index lead_index_tail on lead_index (tail) include (lead_id, kind) where kind is not null`.execute(
    db,
  )
  // Where each lead names a campaign of its own there are as many kinds as leads: the index is made anew.
  const { rows: kinds } = await sql<{ tooMany: boolean }>`
    select count(*) > ${kindsMax} as "tooMany" from lead_kinds`.execute(db)
  if (kinds[0]!.tooMany) {
    await sql`truncate lead_index, lead_kinds`.execute(db)
    await sql`delete from lead_index_sweep`.execute(db)
    await sql`
      insert into lead_index_sweep (begins_at, done_to)
      values (now() + interval '2 minutes', '00000000-0000-0000-0000-000000000000')`.execute(db)
  }
  await sql`
    update lead_kinds set leads = counted.leads, latest = counted.latest
    from (select id from lead_kinds) as each cross join lateral (
      select count(*) as leads, (select lead_id from lead_index where kind = each.id order by lead_id desc limit 1) as latest
      from lead_index where kind = each.id
    ) as counted
    where lead_kinds.id = each.id`.execute(db)
  // A row that leaves its kind may have been the latest, and then the one before it is.
  await sql`
    create function count_kinds() returns trigger language plpgsql as $body$
    begin
      if tg_op <> 'INSERT' then
        update lead_kinds as held set leads = held.leads - gone.leads, latest = case
            when gone.latest < held.latest then held.latest
            else (select lead_id from lead_index where kind = held.id order by lead_id desc limit 1) end
        from (
          select kind, count(*) as leads, max(lead_id::text collate "C")::uuid as latest
          from were where kind is not null group by kind order by kind
        ) as gone
        where held.id = gone.kind;
      end if;
      if tg_op <> 'DELETE' then
        update lead_kinds as held set leads = held.leads + come.leads, latest = greatest(held.latest, come.latest)
        from (
          select kind, count(*) as leads, max(lead_id::text collate "C")::uuid as latest
          from are where kind is not null group by kind order by kind
        ) as come
        where held.id = come.kind;
      end if;
      return null;
    end
    $body$`.execute(db)
  await sql`alter table lead_work add column corrected boolean`.execute(db)
  await sql`
    update lead_work set corrected = true from lead_index
    where lead_index.lead_id = lead_work.lead_id and kind in (select id from lead_kinds where state = 'corrected')`.execute(
    db,
  )
  await sql`drop index lead_work_owner`.execute(db)
  await sql`
    create index lead_work_owner on lead_work (owner_id, accepted_at desc, lead_id desc) include (corrected)`.execute(
    db,
  )
  for (const [when, rows] of [
    ['insert', 'new table as are'],
    ['delete', 'old table as were'],
    ['update', 'old table as were new table as are'],
  ] as const)
    await sql
      .raw(`
      create trigger ${`count_kinds_${when}`} after ${when} on lead_index referencing ${rows}
      for each statement execute function count_kinds()`)
      .execute(db)
}
