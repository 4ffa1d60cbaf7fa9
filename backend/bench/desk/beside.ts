import { sql } from 'kysely'
import { median } from '../figures.ts'
import { type LoadShape, measurePosts } from '../measure.ts'
import type { Stage } from '../stage.ts'
import { postPlans, titles } from '../subjects.ts'
import { type Desk, operatorAt } from './views.ts'

/** What the line does while an operator clicks through the desk, of what it does without: of each pair of runs. */
export type BesideRun = Readonly<{ name: string; ratios: readonly number[]; ratio: number; clicks: number }>

const clickEveryMs = 500
const none = Number.NaN
const unknown = { redisMemory: none, redisFile: none, postgresTables: none, postgresLog: none, events: none }
const shape = { seconds: 5, warmUpSeconds: 4, connections: 256, calmSeconds: 0 }

/** Runs with and without an operator, in turns. */
export async function measureBeside(
  stage: Stage,
  desk: Desk,
  { rounds, nextRun, say }: Readonly<{ rounds: number; nextRun(): number; say(line: string): void }>,
): Promise<readonly BesideRun[]> {
  const load: LoadShape = { ...shape, nextRun }
  const begunAt = new Date()
  // All there are take longer to count than a statement may.
  const sizes: Stage['sizes'] = async () => {
    const { rows } = await sql<{ leads: string }>`
      select count(*) as leads from leads where accepted_at >= ${begunAt}`.execute(stage.db)
    return { ...unknown, leads: Number(rows[0]!.leads) }
  }
  const found: BesideRun[] = []
  for (const name of ['b', 'c'] as const) {
    const ratios: number[] = []
    let clicks = 0
    for (let round = 0; round < rounds; round++) {
      const perSecond = { with: 0, without: 0 }
      for (const which of round % 2 ? (['with', 'without'] as const) : (['without', 'with'] as const)) {
        await stage.unqueue()
        const clicking = which === 'with' ? clickThrough(desk) : undefined
        const start: Stage['start'] = async (setup) => {
          const line = await stage.start(setup)
          await clicking?.at(line.origin)
          return line
        }
        const run = await measurePosts({ ...stage, start, sizes }, postPlans[name], load)
        perSecond[which] = run.perSecond
        clicks += (await clicking?.stop()) ?? 0
        say(`${name} ${which} an operator: ${Math.round(run.perSecond)}/s`)
      }
      ratios.push(perSecond.with / perSecond.without)
    }
    found.push({ name: titles[name], ratios, ratio: median(ratios), clicks })
  }
  return found
}

/** Opens one view after the other, as somebody does who looks for something. */
function clickThrough(desk: Desk) {
  let clicks = 0
  let going: Promise<void> | undefined
  let isOver = false
  return {
    async at(origin: string): Promise<void> {
      const ask = await operatorAt({ ...desk, origin })
      going = (async () => {
        while (!isOver) {
          await ask(desk.views[clicks % desk.views.length]!.path(clicks))
          clicks++
          await Bun.sleep(clickEveryMs)
        }
      })()
      // The line ends first.
      going.catch(() => {})
    },
    async stop(): Promise<number> {
      isOver = true
      await going?.catch(() => {})
      return clicks
    },
  }
}
