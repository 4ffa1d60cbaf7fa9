-- revision 1: raise it with every change; functions.test.ts keeps the list.
--
-- One call stores a batch, in the call's own transaction and with plans made once. The claims are taken first, in the order
-- of their phones, so that two batches never wait for each other in a ring; then every lead gets its row.
--
-- With `directly` (the answer waits for Postgres) only leads that hold their claim get a row, and the holders of all phones
-- of the batch are returned; without it the rare lead whose phone is held by another names it in `duplicate_of`. The rule of
-- `first` is that of leads/window.ts.
--
-- Nearly every batch has only new phones, and for those plain inserts do: `on conflict` looks each row up first, writes it
-- as a guess and confirms the guess in the log. Whether the phones are new is asked first; a batch that meets a claim, or
-- another batch on its way with the same phone, goes the careful way as a whole. Both ways take claims in the same order and
-- never hold some of one way while they wait in the other.
--
-- Plans are kept while the tables grow from nothing to millions: only those that read by index stay good.
create or replace function store_leads(
  ids text, accepted_at_ms text, phones text, phone_keys text, idempotency_keys text,
  attributions text[], variants text[], languages text[], consents text[], suspects text[],
  dedup_window interval, directly boolean
) returns table (phone_key text, lead_id uuid, idempotency_key text)
language plpgsql
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
as $body$
#variable_conflict use_column
declare
  batch_ids constant uuid[] := string_to_array(ids, ',');
  batch_times constant timestamptz[] := array(
    select to_timestamp(ms::bigint / 1000.0::numeric) from unnest(string_to_array(accepted_at_ms, ',')) as ms);
  batch_keys constant bytea[] := array(
    select decode(hex, 'hex') from unnest(string_to_array(phone_keys, ',')) as hex);
  all_new boolean;
begin
  select count(distinct given.key) = count(*) and count(held.phone_key) = 0 into all_new
  from unnest(batch_keys) as given (key) left join lead_claims as held on held.phone_key = given.key;

  if all_new then
    begin
      insert into lead_claims (phone_key, lead_id, accepted_at, idempotency_key, direct)
      select given.key, given.id, given.at, decode(nullif(given.idempotency, ''), 'hex'), directly
      from unnest(batch_keys, batch_ids, batch_times, string_to_array(idempotency_keys, ','))
        as given (key, id, at, idempotency)
      order by given.key;

      insert into leads (
        id, accepted_at, phone, phone_key, attribution, variant, language, consent, suspect, state)
      select given.id, given.at, given.phone, given.key,
             given.attribution::jsonb, given.variant, given.language, given.consent,
             string_to_array(given.suspect, ','), case when given.suspect is null then 'new' else 'suspect' end
      from unnest(
          batch_ids, batch_times, string_to_array(phones, ','), batch_keys,
          attributions, variants, languages, consents, suspects
        ) as given (id, at, phone, key, attribution, variant, language, consent, suspect);
    exception when unique_violation then
      all_new := false;
    end;
  end if;

  if not all_new then
    insert into lead_claims as held (phone_key, lead_id, accepted_at, idempotency_key, direct)
    select distinct on (given.key) given.key, given.id, given.at, decode(nullif(given.idempotency, ''), 'hex'), directly
    from unnest(batch_keys, batch_ids, batch_times, string_to_array(idempotency_keys, ','))
      as given (key, id, at, idempotency)
    order by given.key, given.at, given.id
    on conflict (phone_key) do update
    set lead_id = excluded.lead_id, accepted_at = excluded.accepted_at,
        idempotency_key = excluded.idempotency_key, direct = excluded.direct
    where excluded.accepted_at - held.accepted_at >= dedup_window;

    insert into leads (
      id, accepted_at, phone, phone_key, duplicate_of, attribution, variant, language, consent, suspect, state)
    select given.id, given.at, given.phone, given.key, case when not first then held.lead_id end,
           given.attribution::jsonb, given.variant, given.language, given.consent,
           string_to_array(given.suspect, ','), case when given.suspect is null then 'new' else 'suspect' end
    from unnest(
        batch_ids, batch_times, string_to_array(phones, ','), batch_keys,
        attributions, variants, languages, consents, suspects
      ) as given (id, at, phone, key, attribution, variant, language, consent, suspect)
    join lead_claims as held on held.phone_key = given.key
    cross join lateral (select held.lead_id = given.id
      or given.at - held.accepted_at >= dedup_window
      or held.accepted_at - given.at >= dedup_window) as rule (first)
    where first or not directly
    on conflict (accepted_at, id) do nothing;
  end if;

  if directly and all_new then
    return query
    select given.key, given.id, nullif(given.idempotency, '')
    from unnest(string_to_array(phone_keys, ','), batch_ids, string_to_array(idempotency_keys, ','))
      as given (key, id, idempotency);
  elsif directly then
    return query
    select encode(held.phone_key, 'hex'), held.lead_id, encode(held.idempotency_key, 'hex')
    from lead_claims as held where held.phone_key = any (batch_keys);
  end if;
end
$body$;
