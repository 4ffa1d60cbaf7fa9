-- revision 9: raise it with every change; functions.test.ts keeps the list.
--
-- One call stores a batch, in the call's own transaction and with plans made once. The claims are taken first, in the order
-- of their phones, so that two batches never wait for each other in a ring; then every lead gets its row.
--
-- `details` is a list of what leads tell beside their phones, each once, and `places` the place of each lead's own, from 1, or
-- nothing. A column for each of them is named in both inserts below.
--
-- With `directly` (the answer waits for Postgres) only leads that hold their claim get a row; without it the rare lead whose
-- phone is held by another names it in `duplicate_of`. The rule of `first` is that of leads/window.ts.
--
-- Whichever way a lead is stored, it becomes a row here, once: `new_ids` are those that did by this call, and not those that
-- were rows already; the rare ones that are marked as duplicates are among them. What must follow from each of them, and be
-- neither missed nor doubled, is written at the end of this function, in the same transaction: one row a batch that names
-- the endpoints there are, and where there are none, nothing; and one that says what has still to be counted by its source.
--
-- What leads are found by on the desk is written later: here they are named in `leads_to_index`, a row a batch.
--
-- Returns what is not plain: each lead whose phone is held by another, with the holder, and each that did not become a row
-- now, because it was one already or is none. Of every other lead it is so that it became a row now and holds its phone.
--
-- Nearly every batch has only new phones, and for those plain inserts do: `on conflict` looks each row up first, writes it
-- as a guess and confirms the guess in the log. Whether the phones are new is asked first; a batch that meets a claim, or
-- another batch on its way with the same phone, goes the careful way as a whole. Both ways take claims in the same order and
-- never hold some of one way while they wait in the other.
--
-- Who has asked to be forgotten stands in `erasures`. Whoever erases holds the claim of the phone while they write that down, so
-- a look after the claims are taken misses none; then nothing of the batch is stored, and the caller comes again without them.
-- Hardly any batch is older than the latest of these, so that is asked first: once a batch, and not once a lead.
--
-- Plans are kept while the tables grow from nothing to millions: only those that read by index stay good.
--
-- Who calls says which revision it knows, so that no detail is dropped in silence by a database that is not migrated yet: a
-- worker waits for it. Who cannot wait says 0.
create or replace function store_leads(
  ids text, accepted_at_ms text, phones text, phone_keys text, idempotency_keys text,
  details jsonb, places text, dedup_window interval, directly boolean, known_revision int
) returns table (lead_id uuid, holder_id uuid, holder_key text, stored_now boolean)
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
  all_details constant jsonb[] := case when details is not null
    then array(select value from jsonb_array_elements(details)) end;
  all_new boolean;
  new_ids uuid[];
  endpoints uuid[];
begin
  if known_revision > :revision then
    raise exception 'the database has revision :revision of store_leads and % is wanted: run db:migrate', known_revision
      using errcode = 'feature_not_supported';
  end if;

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
        id, accepted_at, phone, phone_key, attribution, variant, language, consent, suspect, state,
        device, landing)
      select given.id, given.at, given.phone, given.key,
             case when own.told ? 'firstTouch'
               then coalesce(own.told -> 'attribution', '{}') || jsonb_build_object('first', own.told -> 'firstTouch')
               else own.told -> 'attribution' end,
             own.told ->> 'variant', own.told ->> 'language', own.told ->> 'consent',
             case when own.told ? 'suspect' then array(select jsonb_array_elements_text(own.told -> 'suspect')) end,
             case when own.told ? 'suspect' then 'suspect' else 'new' end,
             own.told ->> 'device', own.told ->> 'landing'
      from unnest(batch_ids, batch_times, string_to_array(phones, ','), batch_keys, string_to_array(places, ','))
        as given (id, at, phone, key, place)
      cross join lateral (select all_details[nullif(given.place, '')::int]) as own (told);
      new_ids := batch_ids;
    exception when unique_violation then
      -- What was inserted above is taken back.
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

    with stored as (
      insert into leads as kept (
        id, accepted_at, phone, phone_key, duplicate_of, attribution, variant, language, consent, suspect, state,
        device, landing)
      select given.id, given.at, given.phone, given.key, case when not first then held.lead_id end,
             case when own.told ? 'firstTouch'
               then coalesce(own.told -> 'attribution', '{}') || jsonb_build_object('first', own.told -> 'firstTouch')
               else own.told -> 'attribution' end,
             own.told ->> 'variant', own.told ->> 'language', own.told ->> 'consent',
             case when own.told ? 'suspect' then array(select jsonb_array_elements_text(own.told -> 'suspect')) end,
             case when own.told ? 'suspect' then 'suspect' else 'new' end,
             own.told ->> 'device', own.told ->> 'landing'
      from unnest(batch_ids, batch_times, string_to_array(phones, ','), batch_keys, string_to_array(places, ','))
        as given (id, at, phone, key, place)
      cross join lateral (select all_details[nullif(given.place, '')::int]) as own (told)
      join lead_claims as held on held.phone_key = given.key
      cross join lateral (select held.lead_id = given.id
        or given.at - held.accepted_at >= dedup_window
        or held.accepted_at - given.at >= dedup_window) as rule (first)
      where first or not directly
      on conflict (accepted_at, id) do nothing
      returning kept.id
    )
    select coalesce(array_agg(id), '{}') into new_ids from stored;

    return query
    select given.id, held.lead_id, encode(held.idempotency_key, 'hex'), given.id in (select unnest(new_ids))
    from unnest(batch_ids, batch_keys) as given (id, key)
    join lead_claims as held on held.phone_key = given.key
    where held.lead_id <> given.id or given.id not in (select unnest(new_ids));
  end if;

  if exists (
    select from erasures where cutoff >= (select min(at) from unnest(batch_times) as at)
  ) and exists (
    select from erasures as gone
    where gone.phone_key = any(batch_keys) and exists (
      select from unnest(batch_keys, batch_times) as given (key, at)
      where given.key = gone.phone_key and given.at <= gone.cutoff)
  ) then
    raise exception 'some of these leads are erased' using errcode = 'LF001';
  end if;

  if cardinality(new_ids) > 0 then
    insert into leads_to_index (lead_ids) values (new_ids);
    insert into uncounted (what, ids) values ('stored', new_ids);
    endpoints := (select array_agg(id) from delivery_endpoints);
    if endpoints is not null then
      insert into delivery_batches (event, endpoint_ids, lead_ids) values ('lead.stored', endpoints, new_ids);
    end if;
  end if;
end
$body$;
