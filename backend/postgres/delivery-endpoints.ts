import { sql } from 'kysely'
import type { Endpoint, EndpointState } from '../deliveries/endpoint.ts'
import { isTargetName } from '../deliveries/targets.ts'
import type { Wanted } from '../deliveries/wanted.ts'
import type { DbOrTransaction } from './connection.ts'
import { asKept } from './said.ts'

type EndpointRow = Readonly<{
  id: string
  name: string
  target: string
  host: string
  sealed: Buffer
  wanted: Wanted
  concurrency: number
  per_second: number | null
  state: EndpointState
  because: string | null
  since: Date
}>

/** Every endpoint whose kind this version knows, by name. */
export async function endpointsOf(db: DbOrTransaction): Promise<Endpoint[]> {
  const { rows } = await sql<EndpointRow>`
    select id, name, target, host, sealed, wanted, concurrency, per_second, state, because, since
    from delivery_endpoints order by name`.execute(db)
  return rows.flatMap(({ target, per_second, because, ...row }) => {
    if (!isTargetName(target)) return []
    return [
      {
        ...row,
        target,
        ...(per_second !== null && { perSecond: per_second }),
        ...(because !== null && { because }),
      },
    ]
  })
}

/** Resolves with false where another has this name. */
export async function addEndpoint(
  db: DbOrTransaction,
  endpoint: Omit<Endpoint, 'state' | 'since'>,
): Promise<boolean> {
  const { id, name, target, host, sealed, wanted, concurrency, perSecond = null } = endpoint
  const { numAffectedRows } = await sql`
    insert into delivery_endpoints (id, name, target, host, sealed, wanted, concurrency, per_second)
    values (${id}, ${name}, ${target}, ${host}, ${Buffer.from(sealed)}, ${JSON.stringify(wanted)}::jsonb, ${concurrency},
      ${perSecond})
    on conflict (name) do nothing`.execute(db)
  return numAffectedRows === 1n
}

/** Resolves with false where another has changed it meanwhile; nothing is changed then. */
export async function resealEndpoint(
  db: DbOrTransaction,
  { id, sealed: before }: Pick<Endpoint, 'id' | 'sealed'>,
  sealed: Uint8Array,
  host?: string,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update delivery_endpoints set sealed = ${Buffer.from(sealed)}, host = coalesce(${host ?? null}, host)
    where id = ${id} and sealed = ${Buffer.from(before)}`.execute(db)
  return numAffectedRows === 1n
}

/** Of an endpoint that is not on everything is kept and waits. */
export async function setEndpointState(
  db: DbOrTransaction,
  id: string,
  state: EndpointState,
  because?: string,
): Promise<void> {
  await sql`
    update delivery_endpoints set state = ${state}, because = ${because ?? null}, since = now() where id = ${id}`.execute(
    db,
  )
}

/**
 * Whoever paused it or turned it on again meanwhile has the last word: an answer to what was sent before, as it was
 * known to the sender, says nothing of how it is now.
 */
export async function parkEndpoint(
  db: DbOrTransaction,
  { id, since }: Pick<Endpoint, 'id' | 'since'>,
  because: string,
): Promise<void> {
  await sql`
    update delivery_endpoints set state = 'parked', because = ${asKept(because)}, since = now()
    where id = ${id} and state = 'on' and date_trunc('milliseconds', since) = ${since.toISOString()}::timestamptz`.execute(
    db,
  )
}

/** Removes it with all that it was still to be told. */
export async function removeEndpoint(db: DbOrTransaction, id: string): Promise<void> {
  await sql`
    with theirs as (
      select from deliveries where endpoint_id = ${id} order by endpoint_id, lead_id, event for update)
    delete from delivery_endpoints where id = ${id} and (select count(*) from theirs) >= 0`.execute(db)
}
