import { sql } from 'kysely'
import { storeGiven } from '../postgres/events.ts'
import { ensurePartitions } from '../postgres/partitions.ts'
import { median } from './figures.ts'
import type { Stage } from './stage.ts'

/** How long `/api/stats` takes with so many events there, and what it says of them. */
export type StatsRun = Readonly<{ events: number; ms: number; storedPerSecond: number }>

const daysBack = 30
const eventsPerVisitor = 5
// Well within the time that a statement may take.
const eventsPerStep = 25_000
const asks = 100
const warmUpAsks = 20

/**
 * Stores events of the past month by the statement that stores them in earnest, up to each of these numbers in turn, and
 * asks for the results over HTTP.
 */
export async function measureStats(
  stage: Stage,
  counts: readonly number[],
  say: (line: string) => void,
): Promise<StatsRun[]> {
  await stage.wipe()
  await ensurePartitions(stage.db, { now: new Date(Date.now() - daysBack * 86_400_000), monthsAhead: 1 })
  const line = await stage.start({})
  const runs: StatsRun[] = []
  let there = 0
  try {
    for (const count of [...counts].sort((a, b) => a - b)) {
      const startedAtMs = performance.now()
      const before = there
      for (; there < count; there = Math.min(count, there + eventsPerStep))
        await storeEvents(stage, there, Math.min(count, there + eventsPerStep))
      const tookS = (performance.now() - startedAtMs) / 1000
      await sql`vacuum analyze event_counts, event_vitals`.execute(stage.db)
      const run = {
        events: there,
        ms: await askFor(`${line.origin}/api/stats`, there),
        storedPerSecond: (there - before) / tookS,
      }
      say(`stats ${run.events} events: ${run.ms.toFixed(1)} ms; ${Math.round(run.storedPerSecond)}/s stored`)
      runs.push(run)
    }
  } finally {
    await line.stop()
  }
  return runs
}

/** Events numbered from `from` to below `to`, each number at another moment of the month. */
async function storeEvents(stage: Stage, from: number, to: number): Promise<void> {
  await storeGiven(
    stage.db,
    sql`
    select gen_random_uuid() as id, now() - make_interval(secs => (n::bigint * 7919 % ${daysBack * 86_400})::float8) as accepted_at,
           'bench-' || n / ${eventsPerVisitor} as visitor_id,
           case n / ${eventsPerVisitor} % 2 when 0 then 'hero.a' else 'hero.b' end as word,
           case n % ${eventsPerVisitor} when 0 then 'exposure' when 1 then 'page_view' when 2 then 'web_vital_lcp'
                when 3 then 'cta_click' else case n % 3 when 0 then 'form_submit' else 'web_vital_inp' end end as event_type,
           case when n % ${eventsPerVisitor} in (2, 4) then (n * 31 % 4000)::float8 end as value,
           n % 37 = 0 as bot, null::jsonb as details,
           case n % 3 when 0 then 'computer' else 'phone' end as device, case n % ${eventsPerVisitor} when 1 then true end as own_page
    from generate_series(${from}::bigint, ${to - 1}::bigint) as n`,
  )
}

async function askFor(url: string, events: number): Promise<number> {
  const took: number[] = []
  for (let ask = 0; ask < warmUpAsks + asks; ask++) {
    const startedAtMs = performance.now()
    const stats = (await (await fetch(url)).json()) as { total: number; filtered: { bots: number } }
    if (ask >= warmUpAsks) took.push(performance.now() - startedAtMs)
    if (stats.total + stats.filtered.bots !== events)
      throw new Error(
        `the results tell of ${stats.total + stats.filtered.bots} events, and there are ${events}`,
      )
  }
  return median(took)
}
