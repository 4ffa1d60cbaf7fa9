import { sql } from 'kysely'
import type { Db } from './connection.ts'
import { storeGiven } from './events.ts'

/** What a demonstration must not be mixed with. */
export async function whatIsThere(db: Db): Promise<Readonly<{ leads: boolean; endpoints: boolean }>> {
  const { rows } = await sql<{ leads: boolean; endpoints: boolean }>`
    select exists (select from leads) as leads, exists (select from delivery_endpoints) as endpoints`.execute(
    db,
  )
  return rows[0]!
}

export type EventRow = Readonly<{
  id: string
  at: string
  visitor: string
  word: string
  type: string
  value: number | null
  bot: boolean
  details: Readonly<Record<string, unknown>>
  device: string
}>

/** Stores events of any time, and counts them as those that come now. */
export const storeEventRows = (db: Db, rows: readonly EventRow[]) =>
  storeGiven(
    db,
    sql`select id, at as accepted_at, visitor as visitor_id, word, type as event_type, value, bot, details, device,
               case type when 'page_view' then true end as own_page
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as event
          (id uuid, at timestamptz, visitor text, word text, type text, value float8, bot boolean, details jsonb,
           device text)`,
  )

const calledTogether = 1_000

/** What callers have made of leads: nearly all of those before today, and some of today. */
export async function workOnLeads(db: Db): Promise<void> {
  await sql`
    with drawn as (
      select id, accepted_at, abs(hashtext(id::text)) % 100 as lot, abs(hashtext(id::text || 'call')) % 3600 as wait_s
      from leads where state = 'new' and accepted_at < now() - interval '1 hour'
        and abs(hashtext(id::text || 'work')) % 100 < case when accepted_at < now() - interval '1 day' then 93 else 60 end
    ), worked as (
      insert into lead_work (lead_id, accepted_at, state, first_called_at, changed_at)
      select id, accepted_at,
             case when lot < 30 then 'called' when lot < 52 then 'no_answer' when lot < 70 then 'interested'
                  when lot < 82 then 'won' else 'lost' end,
             accepted_at + make_interval(secs => wait_s), accepted_at + make_interval(secs => wait_s * 2)
      from drawn
      on conflict (lead_id) do nothing
      returning lead_id, accepted_at, state
    ), found as (
      insert into leads_to_index (lead_ids) select array_agg(lead_id) from worked having count(*) > 0
    ), called as (
      insert into uncounted (what, ids)
      select 'called', array_agg(lead_id) from (
        select lead_id, row_number() over (order by lead_id) / ${calledTogether} as place from worked
      ) as each group by place
    )
    update leads set state = worked.state from worked
    where leads.id = worked.lead_id and leads.accepted_at = worked.accepted_at`.execute(db)
  await sql`analyze`.execute(db)
}

export type Attempts = Readonly<{ endpointId: string; name: string; failing: number; attempts: number }>

/** Attempts of the last day, of which so many in a hundred failed and wait to be made again. */
export async function addAttempts(db: Db, { endpointId, name, failing, attempts }: Attempts): Promise<void> {
  await sql`
    insert into delivery_attempts (endpoint_id, lead_id, event, attempt, at, took_ms, outcome, status, because, answer)
    select ${endpointId}, id, 'lead.stored', 1, accepted_at + interval '1 second', 40 + lot * 3,
           case when lot < ${failing} then 'failed' else 'delivered' end, case when lot < ${failing} then 503 else 200 end,
           case when lot < ${failing} then 'the receiver answered 503' end,
           case when lot < ${failing} then 'upstream is away' else '{"ok":true}' end
    from (
      select id, accepted_at, abs(hashtext(id::text || ${name})) % 100 as lot
      from leads where accepted_at > now() - interval '1 day' order by accepted_at desc limit ${attempts}
    ) as latest`.execute(db)
  await sql`
    insert into deliveries (endpoint_id, lead_id, event, state, attempts, written_at, because)
    select ${endpointId}, lead_id, event, 'waiting', attempt, at, because
    from delivery_attempts where endpoint_id = ${endpointId} and outcome = 'failed'
    on conflict do nothing`.execute(db)
}
