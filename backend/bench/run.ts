import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildPage } from '../local/processes.ts'
import { reachOwnDirectly } from '../own-address.ts'
import { type BenchOptions, readArguments } from './arguments.ts'
import { bench } from './bench.ts'
import { measureMemory, memoryReport } from './memory.ts'
import { ratiosPicture } from './picture.ts'
import { report } from './report.ts'

const usage = `Usage: bun run bench [--quick] [--only a,b] [--runs N] [--seconds S] [--connections N] [--calm S]
                     [--grow 0,1000000] [--shards 1,12] [--masters 1,3,6] [--picture]
       bun run bench --memory [500000,5000000]

Measures in one run and on the same cores, on servers of its own that are gone afterwards:
  a     a bare Elysia handler that parses, validates and answers the same bytes
  all   the line as users run it: stored, with the request log, the page's experiment, and 500 events a second beside it
  b     the line, acknowledged: appendfsync always, keys, metrics, limits and attribution on, the worker stopped
  af bf the same two with the generator in the foreground, which takes the core of the server it asks
  c     the line with its worker, as leads stored a second until the queue is empty; request log off
  c2    the same with the request log on
  d     the obvious way: SET NX and one job each
  e     the page, against nginx with the same bytes and headers from disk
  f     the line with ACK_MODE=pg
  g     a bare Elysia handler of events; h events, one a request, acknowledged; h2 events, stored and counted
  open  latency of a, of as (a, which also forces a line to the disk for each group of submissions) and of b at 50 %, 80 %
        and 200 % of what b can do, with visitors who do not wait for each other
  deliveries  webhooks to receivers of its own, beside the line; only where it is named
  stats /api/stats with 10,000, a million and 10 million events there; only where it is named, it takes minutes
--grow measures a, b and c again with so many leads and claims already there. --shards and --masters measure what a stored
lead costs API, Redis and worker with phones divided into so many parts in one Redis, and into twelve on so many masters of a
cluster without replicas. --picture writes backend/bench/ratios.svg.
With --json (bun run bench:json) everything is written as JSON. Closed loops are sent by wrk where it is on PATH.
Nothing else should run on the machine meanwhile; the tables say how much did. With --calm every run waits, at most so
many seconds, for a moment in which nothing does.
--memory measures something else: the resident memory of API and worker after so many submissions, one after the other.`

async function main(options: BenchOptions): Promise<void> {
  // Events of the campaign's variants are known by its built page, and the page itself is measured.
  const page = await buildPage({ env: process.env, print: (line) => process.stderr.write(`${line}\n`) }).built
  if (page) process.stderr.write(`${page}\n`)
  const result = await bench(options, (line) => process.stderr.write(`${line}\n`))
  process.stdout.write(`${options.json ? JSON.stringify(result, null, 2) : report(result)}\n`)
  if (!options.picture) return
  const { cores, system } = result.machine
  const caption = `${result.date.slice(0, 10)}, ${cores} cores, ${system}, medians of ${result.shape.runs} runs.`
  writeFileSync(join(import.meta.dir, 'ratios.svg'), ratiosPicture(result.ratios, caption))
}

function memoryCounts(given = '500000,5000000', ...more: readonly string[]): number[] {
  const counts = given.split(',').map(Number)
  if (more.length === 0 && counts.every((count) => Number.isSafeInteger(count) && count > 0)) return counts
  throw new Error('--memory takes whole numbers, such as 500000,5000000, and goes with nothing else.')
}

async function memory(counts: readonly number[]): Promise<void> {
  const { text, flat } = memoryReport(
    await measureMemory(counts, (line) => process.stderr.write(`${line}\n`)),
  )
  process.stdout.write(`${text}\n`)
  if (!flat) process.exitCode = 1
}

reachOwnDirectly(process.env)
let options: BenchOptions | undefined
let counts: number[] | undefined
try {
  const [first, ...rest] = process.argv.slice(2)
  if (first === '--memory') counts = memoryCounts(...rest)
  else options = readArguments(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n\n${usage}\n`)
  process.exitCode = 2
}
if (counts) await memory(counts)
else if (options?.help) process.stdout.write(`${usage}\n`)
else if (options) await main(options)
