import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Db, DbOrTransaction } from './connection.ts'
import dropMonth from './functions/drop-month.sql' with { type: 'text' }
import makeMonth from './functions/make-month.sql' with { type: 'text' }
import storeLeads from './functions/store-leads.sql' with { type: 'text' }
import { anHour, type Patience, withShortWaits } from './patience.ts'

/** A function as its file has it. Of two revisions the one with the higher number is the later. */
export type SqlFunction = Readonly<{
  file: string
  head: string
  revision: number
  hash: string
  sql: string
}>

export const storeLeadsFunction = readFunction('functions/store-leads.sql', storeLeads)

/** Every function of ours. `migrate` puts them into the database after the migrations. */
export const functions: readonly SqlFunction[] = [
  storeLeadsFunction,
  readFunction('functions/make-month.sql', makeMonth),
  readFunction('functions/drop-month.sql', dropMonth),
]

/** What the database has: nothing, this, an earlier or a later one. */
export type FunctionState = 'missing' | 'earlier' | 'current' | 'later'

// Any number that nothing else in this database locks on.
const functionsLock = 7_305_402

/**
 * Puts functions into the database that it has not, or has as an earlier version of Landfast wrote them. What a later
 * version wrote is left as it is. Safe to run from several machines at once. Returns the files that were applied.
 */
export async function applyFunctions(
  db: Db,
  {
    all = functions,
    patience = anHour,
  }: Readonly<{ all?: readonly SqlFunction[]; patience?: Patience }> = {},
): Promise<string[]> {
  if ((await stateOfAll(db, all)).every(isRight)) return []
  return withShortWaits(db, patience, async (tx) => {
    await sql`select pg_advisory_xact_lock(${functionsLock})`.execute(tx)
    const states = await stateOfAll(tx, all)
    const due = all.filter((_, index) => !isRight(states[index]!))
    for (const each of due) {
      await sql.raw(each.sql).execute(tx)
      await sql`comment on function ${sql.raw(each.head)} is ${sql.lit(commentOf(each))}`.execute(tx)
    }
    return due.map(({ file }) => file)
  })
}

/** Each function with what the database has of it. */
export async function functionStates(
  db: DbOrTransaction,
): Promise<readonly Readonly<{ file: string; revision: number; state: FunctionState }>[]> {
  const states = await stateOfAll(db, functions)
  return functions.map(({ file, revision }, index) => ({ file, revision, state: states[index]! }))
}

const isRight = (state: FunctionState) => state === 'current' || state === 'later'

/**
 * A comment on the function says which file and which revision it was made of, so that it goes where the function goes:
 * into a backup, and away when it is dropped. An earlier signature may stand beside the current one.
 */
async function stateOfAll(db: DbOrTransaction, all: readonly SqlFunction[]): Promise<FunctionState[]> {
  const { rows } = await sql<{ comment: string }>`
    select obj_description(oid, 'pg_proc') as comment from pg_proc
    where pronamespace = current_schema()::regnamespace
      and proname = any(${all.map(({ head }) => nameIn(head))}::text[])
      and obj_description(oid, 'pg_proc') is not null`.execute(db)
  return all.map((each) => {
    const found = rows.flatMap(({ comment }) => {
      const [, file, revision] = /^Landfast (\S+) revision (\d+) /.exec(comment) ?? []
      return file === each.file ? [{ comment, revision: Number(revision) }] : []
    })
    if (found.length === 0) return 'missing'
    const latest = found.reduce((one, other) => (other.revision > one.revision ? other : one))
    if (latest.revision > each.revision) return 'later'
    return latest.comment === commentOf(each) ? 'current' : 'earlier'
  })
}

const commentOf = ({ file, revision, hash }: SqlFunction) => `Landfast ${file} revision ${revision} ${hash}`

const nameIn = (head: string) => head.slice(0, head.indexOf('('))

/** Reads a file, in which `:revision` stands for its own. @throws Error when it does not begin with one, or makes no function. */
export function readFunction(file: string, source: string): SqlFunction {
  const revision = Number(/^-- revision (\d+)\b/.exec(source)?.[1])
  const head = /create or replace function (\w+\([^)]*\))/.exec(source)?.[1]
  if (!revision || !head) throw new Error(`${file} has no revision in its first line, or no function`)
  const hash = createHash('sha256').update(source).digest('hex').slice(0, 16)
  return { file, head, revision, hash, sql: source.replaceAll(':revision', String(revision)) }
}
