import { parseArgs } from 'node:util'
import { reachOwnDirectly } from '../../own-address.ts'
import { type Stage, setStage } from '../stage.ts'
import { type BesideRun, measureBeside } from './beside.ts'
import { type ExportRun, measureExports } from './export.ts'
import { deskReport } from './report.ts'
import { removeSince, seededIn } from './rows.ts'
import { type Desk, measureViews, viewsOf } from './views.ts'

const usage = `Usage: bun run bench:desk [--rows 100000,10000000] [--only views,export,beside] [--asks N] [--rounds N] [--data FOLDER]

How long the desk takes with so many leads, and as many events, on servers of its own that are gone afterwards:
  views   each view asked over HTTP, at all numbers of rows in turns
  export  a million leads in files while others are submitted, at the last number of rows
  beside  what an operator who clicks through all of it costs the line there
--data keeps the rows in a folder, for another run: to make ten millions takes some minutes.`

const parts = ['views', 'export', 'beside'] as const
type Part = (typeof parts)[number]
const say = (line: string) => void process.stderr.write(`${line}\n`)
const exportedRows = 1_000_000

type Options = Readonly<{
  rows: readonly number[]
  only: readonly Part[]
  asks: number
  rounds: number
  data?: string
}>

function readOptions(args: readonly string[]): Options {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: { rows: text, only: text, asks: text, rounds: text, data: text },
  })
  const number = (name: string, given: string) => {
    if (/^[1-9]\d{0,8}$/.test(given)) return Number(given)
    throw new Error(`--${name} takes whole numbers, such as 100000.`)
  }
  const { rows = '100000,10000000', only = parts.join(), asks = '60', rounds = '2', data } = values
  return {
    rows: rows
      .split(',')
      .map((each) => number('rows', each))
      .sort((one, other) => one - other),
    only: only.split(',').map((name) => {
      const found = parts.find((part) => part === name)
      if (!found) throw new Error(`--only takes ${parts.join(', ')}; ${name} is none of them.`)
      return found
    }),
    ...{ asks: number('asks', asks), rounds: number('rounds', rounds) },
    ...(data !== undefined && { data }),
  }
}

async function main({ rows, only, asks, rounds, data }: Options): Promise<void> {
  const stages: Stage[] = []
  try {
    const desks: Desk[] = []
    let views: Awaited<ReturnType<typeof measureViews>> = []
    let exports: readonly ExportRun[] = []
    let beside: readonly BesideRun[] = []
    // Phones that no run before has sent, where rows are kept.
    let runs = 1_000 + (Math.floor(Date.now() / 1_000) % 8_900)
    const nextRun = () => runs++
    for (const count of rows) {
      const stage = await setStage(
        ['postgres', 'redis'],
        say,
        data === undefined ? undefined : `${data}/${count}`,
      )
      stages.push(stage)
      const seeded = await seededIn(stage, count, say)
      desks.push({ origin: '', db: stage.db, views: await viewsOf(stage.db, seeded) })
    }
    if (only.includes('views')) {
      const lines = await Promise.all(stages.map((stage) => stage.start({})))
      const open = desks.map((desk, at) => ({ ...desk, origin: lines[at]!.origin }))
      views = await measureViews(open, asks, say)
      for (const line of lines) await line.stop()
    }
    const [stage, desk] = [stages.at(-1)!, desks.at(-1)!]
    const begunAt = new Date()
    if (only.includes('export')) {
      const line = await stage.start({ worker: true })
      exports = await measureExports({ ...desk, origin: line.origin }, line, {
        rows: exportedRows,
        there: rows.at(-1)!,
        nextRun,
        say,
      })
      await line.stop()
    }
    if (only.includes('beside')) beside = await measureBeside(stage, desk, { rounds, nextRun, say })
    if (data !== undefined && (exports.length > 0 || beside.length > 0)) await removeSince(stage.db, begunAt)
    process.stdout.write(`${deskReport({ rows, views, exports, beside })}\n`)
  } finally {
    for (const stage of stages) await stage.stop()
  }
}

reachOwnDirectly(process.env)
let options: Options | undefined
try {
  options = readOptions(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n\n${usage}\n`)
  process.exitCode = 2
}
if (options) await main(options)
