-- revision 2: raise it with every change; functions.test.ts keeps the list.
--
-- Drops the partition of a month of events with all its rows. Runs with the rights of the owner: whoever keeps house may drop
-- months of events and no other table. Gives up where somebody holds a table for more than a moment, as a backup does.
create or replace function drop_month(month text) returns void
language plpgsql
security definer
set search_path from current
set lock_timeout = '200ms'
as $body$
begin
  if month !~ '^events_\d{4}_\d\d$' then
    raise exception '% is no month of events', month using errcode = 'invalid_parameter_value';
  end if;
  -- Another worker may have dropped it meanwhile; a table that is no month of ours stays.
  if exists (
    select from pg_inherits where inhparent = 'events'::regclass and inhrelid = to_regclass(quote_ident(month))
  ) then
    execute format('drop table %I', month);
  end if;
end
$body$
