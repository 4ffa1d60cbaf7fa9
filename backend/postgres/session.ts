/**
 * What we rely on in a session, whatever server, database or role have set: how values are written and read, what a
 * transaction sees, and that a commit is on the disk. Compiling a statement takes longer than ours run: a batch of events
 * took fifteen times as long with it.
 */
const values = {
  jit: 'off',
  datestyle: 'ISO, MDY',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  extra_float_digits: '1',
  bytea_output: 'hex',
  standard_conforming_strings: 'on',
  array_nulls: 'on',
  transform_null_equals: 'off',
  default_transaction_isolation: 'read committed',
  // That a commit is on one machine only is no more than a warning.
  client_min_messages: 'notice',
} as const

const timeouts = ['statement_timeout', 'idle_in_transaction_session_timeout'] as const

export type Settings = readonly (readonly [name: string, value: string])[]

/** All of it but the commit on the disk, which has several right values; both time-outs are so many milliseconds. */
export function sessionSettings(timeoutMs: number): Settings {
  return [...Object.entries(values), ...timeouts.map((name) => [name, String(timeoutMs)] as const)]
}

/**
 * The statement that sets all of it but what the address sets itself. Nothing goes as a parameter of the connection, which a
 * pooler refuses. One that gives each transaction another session may undo it: so the users of API and worker begin with it
 * (roles.ts).
 */
export function setSession(url: string, timeoutMs: number): string {
  const ours = sessionSettings(timeoutMs).filter(([name]) => !url.includes(`${name}=`))
  return `
    select set_config(name, value, false) from ${asRows(ours)}
    union all select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'`
}

/** Asks who serves the session, and what of it a session of this user lacks before anybody sets it. */
export const askSession = `
  select pg_backend_pid() as pid, array(
    select pg_settings.name from ${asRows(Object.entries(values).filter(([name]) => name !== 'timezone'))}
    join pg_settings on lower(pg_settings.name) = ours.name and reset_val <> value
    union all select name from pg_settings where name = 'synchronous_commit' and reset_val = 'off'
  ) as lacking`

function asRows(settings: Settings): string {
  return `(values ${settings.map(([name, value]) => `('${name}', '${value}')`).join(', ')}) as ours (name, value)`
}
