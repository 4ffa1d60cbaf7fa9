import { sql } from 'kysely'
import type { Db } from '../../postgres/connection.ts'

export type Said = Readonly<{ status: number; id?: string; duplicate?: boolean; replayed: boolean }>

/** Submits a phone, as the page does. Rejects when no answer came within ten seconds. */
export async function submitTo(
  origin: string,
  phone: string,
  options: { key?: string; fields?: Readonly<Record<string, unknown>>; signal?: AbortSignal } = {},
): Promise<Said> {
  const response = await fetch(`${origin}/api/leads`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      connection: 'close',
      ...(options.key && { 'idempotency-key': options.key }),
    },
    body: JSON.stringify({ phone, ...options.fields }),
    signal: options.signal ?? AbortSignal.timeout(10_000),
  })
  const body = (await response.json()) as { id?: string; duplicate?: boolean }
  const replayed = response.headers.get('idempotent-replayed') === 'true'
  return { status: response.status, ...body, replayed }
}

/** Waits until the condition holds. @throws Error naming `what` when it has not by the deadline. */
export async function until(what: string, condition: () => unknown, deadlineMs = 40_000): Promise<void> {
  const deadline = Date.now() + deadlineMs
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`never: ${what}`)
    await Bun.sleep(25)
  }
}

export type Row = Readonly<{ id: string; phone: string; duplicate_of: string | null }>

/** Every row of these phones, those that are marked as second ones included. */
export async function rowsOf(db: Db, phones: readonly string[]): Promise<Row[]> {
  const { rows } = await sql<Row>`
    select id, phone, duplicate_of from leads where phone = any(${[...phones]}::text[]) order by id`.execute(
    db,
  )
  return rows
}

/** How many of these ids are kept exactly once, in the table or in quarantine. */
export async function keptOnce(db: Db, ids: readonly string[]): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from (
      select id from (select id from leads union all select id from lead_quarantine) as kept
      where id = any(${[...ids]}::uuid[]) group by id having count(*) = 1
    ) as once`.execute(db)
  return rows[0]!.count
}

/** The value of a metric without labels, or of the first that has any. */
export async function metricAt(origin: string, name: string): Promise<number> {
  const text = await (await fetch(`${origin}/metrics`)).text()
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1])
}

/** Waits until the API takes leads through Redis, or no longer takes all of them so. */
export function untilRedisPath(origin: string, state: 'open' | 'closed'): Promise<void> {
  return until(`the way through Redis is ${state}`, async () => {
    const share = await metricAt(origin, 'redis_path_open')
    return state === 'open' ? share === 1 : share < 1
  })
}
