import { sql } from 'kysely'
import {
  type AnswerBook,
  type Answers,
  networksShown,
  type RefusedNetwork,
  secondsOf,
} from '../desk/today.ts'
import type { Db, DbOrTransaction } from './connection.ts'

const slowShare = 0.95

/** Where API processes write down what they answered, each beside the others. */
export function createAnswerBook(db: Db): AnswerBook {
  return {
    // Both or none: what is told once more after half of it was kept would count twice.
    add: ({ answers, refused }) =>
      db.transaction().execute(async (tx) => {
        await addTo(tx, { table: 'answer_counts', name: 'what' }, answers)
        await addTo(tx, { table: 'refused_counts', name: 'network' }, refused)
      }),
  }
}

async function addTo(
  tx: DbOrTransaction,
  of: Readonly<{ table: string; name: string }>,
  counts: ReadonlyMap<string, number>,
): Promise<void> {
  if (counts.size === 0) return
  const [table, name] = [sql.table(of.table), sql.ref(of.name)]
  await sql`
    insert into ${table} as held (starts_at, ${name}, count)
    select date_bin('15 minutes', now(), 'epoch'), ${name}, count
    from unnest(${[...counts.keys()]}::text[], ${[...counts.values()]}::bigint[]) as given (${name}, count)
    order by ${name}
    on conflict (starts_at, ${name}) do update set count = held.count + excluded.count`.execute(tx)
}

export async function answersBetween(db: Db, from: Date, to: Date): Promise<Answers> {
  const { rows } = await sql<{ what: string; count: number }>`
    select what, sum(count)::float8 as count from answer_counts
    where starts_at >= ${from} and starts_at < ${to} group by what order by what`.execute(db)
  const times = rows
    .flatMap(({ what, count }) => {
      const seconds = secondsOf(what)
      return seconds === undefined ? [] : [{ seconds, count }]
    })
    .sort((one, other) => one.seconds - other.seconds)
  const all = times.reduce((sum, { count }) => sum + count, 0)
  let seen = 0
  const slow = times.find(({ count }) => {
    seen += count
    return seen > 0 && seen >= slowShare * all
  })
  return {
    outcomes: Object.fromEntries(
      rows.flatMap(({ what, count }) => (secondsOf(what) === undefined ? [[what, count]] : [])),
    ),
    p95Ms: slow && Number.isFinite(slow.seconds) ? slow.seconds * 1000 : null,
  }
}

export async function refusedBetween(db: Db, from: Date, to: Date): Promise<readonly RefusedNetwork[]> {
  const { rows } = await sql<RefusedNetwork>`
    select network, sum(count)::float8 as refused from refused_counts
    where starts_at >= ${from} and starts_at < ${to}
    group by network order by refused desc, network limit ${networksShown}`.execute(db)
  return rows
}

export async function pruneAnswers(db: Db, days: number): Promise<void> {
  for (const table of ['answer_counts', 'refused_counts'])
    await sql`delete from ${sql.table(table)} where starts_at < now() - make_interval(days => ${days})`.execute(
      db,
    )
}
