import { type Kysely, sql } from 'kysely'

/**
 * The signature of `store_leads` that a worker or API of the version before calls, given to the function of today: so what
 * they store in the middle of an update is delivered as well.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create or replace function store_leads(
      ids text, accepted_at_ms text, phones text, phone_keys text, idempotency_keys text,
      attributions text[], variants text[], languages text[], consents text[], suspects text[],
      dedup_window interval, directly boolean
    ) returns table (phone_key text, lead_id uuid, idempotency_key text)
    language plpgsql
    as $body$
    #variable_conflict use_column
    declare
      batch_keys constant bytea[] := array(
        select decode(hex, 'hex') from unnest(string_to_array(phone_keys, ',')) as hex);
      details constant jsonb := (
        select jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
          'attribution', attributions[place]::jsonb - 'first',
          'firstTouch', attributions[place]::jsonb -> 'first',
          'variant', variants[place],
          'language', languages[place],
          'consent', consents[place],
          'suspect', string_to_array(suspects[place], ',')
        )) order by place)
        from generate_subscripts(batch_keys, 1) as place);
      places constant text := (
        select string_agg(place::text, ',' order by place) from generate_subscripts(batch_keys, 1) as place);
    begin
      perform store_leads(
        ids, accepted_at_ms, phones, phone_keys, idempotency_keys, details, places, dedup_window, directly, 0);
      return query
        select encode(held.phone_key, 'hex'), held.lead_id, encode(held.idempotency_key, 'hex')
        from lead_claims as held where held.phone_key = any(batch_keys);
    end
    $body$`.execute(db)
}
