-- revision 4: raise it with every change; functions.test.ts keeps the list.
--
-- Makes the partition of a month, and moves into it what already fell into the default one. Returns its name, or null where
-- it is there; another application's table of that name is an error, for no lead would come into it. A month has the settings of
-- the default partition, such as when it is vacuumed. Runs with the rights of the owner: whoever stores leads needs new months and may make no other table. Gives
-- up where somebody holds a table for more than a moment, as a backup does: whoever waits for a lock makes others wait.
create or replace function make_month(parent text, starts_on date) returns text
language plpgsql
security definer
set search_path from current
set lock_timeout = '200ms'
as $body$
declare
  month constant text := parent || to_char(starts_on, '_YYYY_MM');
  starts_at constant timestamptz := starts_on::timestamp at time zone 'UTC';
  ends_at constant timestamptz := (starts_on + interval '1 month') at time zone 'UTC';
  settings constant text := (
    select array_to_string(reloptions, ', ') from pg_class where oid = to_regclass(quote_ident(parent || '_default')));
begin
  if parent not in ('leads', 'events') or starts_on <> date_trunc('month', starts_on)::date then
    raise exception '% has no month that begins on %', parent, starts_on using errcode = 'invalid_parameter_value';
  end if;
  -- Two workers may look at once.
  perform pg_advisory_xact_lock(7305401);
  if to_regclass(quote_ident(month)) is not null then
    if exists (
      select from pg_inherits
      where inhparent = to_regclass(quote_ident(parent)) and inhrelid = to_regclass(quote_ident(month))
    ) then
      return null;
    end if;
    raise exception '% is no month of %', month, parent using errcode = 'duplicate_table';
  end if;
  execute format('create table %I (like %I including all)', month, parent);
  if settings <> '' then
    execute format('alter table %I set (%s)', month, settings);
  end if;
  -- Attaching needs it for itself, and readers of the whole table hold it: so it comes first, while leads still pass.
  execute format('lock table %I in access exclusive mode', parent || '_default');
  -- No row may land in the default partition between the move and the attach.
  execute format('lock table %I in share row exclusive mode', parent);
  execute format(
    'with moved as (delete from %I where accepted_at >= %L and accepted_at < %L returning *) insert into %I select * from moved',
    parent || '_default', starts_at, ends_at, month);
  execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, month, starts_at, ends_at);
  return month;
end
$body$
