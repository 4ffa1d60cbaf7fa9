import { parseArgs } from 'node:util'
import { reachOwnDirectly } from '../own-address.ts'
import { histogramsAt, shareWithin } from './histograms.ts'
import { ownGenerator } from './load.ts'

const usage = `Usage: bun run bench:held --to URL [--rates 250,500,1000] [--connections 10000] [--seconds 20] [--pages 0.2]
                          [--figures URL,URL]

Holds so many connections open at what runs there, an API or an nginx in front of one, and has visitors come over them in turns, at one
rate after another, whatever the answers do: submissions, and of all requests that share looks at the page, by somebody who was here
before. Ends with the highest rate at which p95 stays below 200 ms, p99 below a second and errors below 0.1 %; times are from the moment
a visitor was due. Every submission is a lead. --figures names /metrics of API and worker, of which queries and waiting leads are read.
The API has to believe X-Forwarded-For of this machine (TRUSTED_PROXIES=127.0.0.0/8), nginx as behind a load balancer.`

reachOwnDirectly(process.env)
const { values } = parseArgs({
  options: {
    ...{ to: { type: 'string' }, rates: { type: 'string', default: '250,500,1000,2000,4000' } },
    ...{ connections: { type: 'string', default: '10000' }, seconds: { type: 'string', default: '20' } },
    ...{ pages: { type: 'string', default: '0.2' }, figures: { type: 'string', default: '' } },
    help: { type: 'boolean' },
  },
})
if (values.help || !values.to) {
  console.log(usage)
  process.exit(values.help ? 0 : 1)
}
const origin = new URL(values.to).origin
const connections = Number(values.connections)
const openedASecond = 500

/** What a browser has that was here before. */
async function knownCookie(): Promise<string> {
  const first = await fetch(origin, { tls: { rejectUnauthorized: false } })
  await first.bytes()
  return first.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ')
}

const figures = values.figures.split(',').filter(Boolean)
const pages = { share: Number(values.pages), cookie: await knownCookie() }
const ms = (us: number) => (us / 1000).toFixed(0)
const run = Math.floor(Date.now() / 1000) % 9_000
let best = 0
console.log(
  '| asked a second | acknowledged | p50 ms | p95 | p99 | errors | sent again | open | pages by cache | generator late p99, CPU | queries |',
)
console.log('|---:|---:|---:|---:|---:|---:|---:|---:|---|---|---|')
for (const [index, perSecond] of values.rates.split(',').map(Number).entries()) {
  const before = await histogramsAt(figures, 'database_query_duration_seconds')
  const load = await ownGenerator({
    ...{ origin, run: run + index, seconds: Number(values.seconds), connections, perSecond, pages },
    holdsAfterS: Math.max(1, connections / openedASecond),
  })
  const queries = shareWithin(before, await histogramsAt(figures, 'database_query_duration_seconds'), 0.1)
  const seconds = load.durationUs / 1e6
  const errors = (load.refused + load.broken) / Math.max(1, load.requests + load.broken)
  const looks = Object.values(load.pages).reduce((sum, count) => sum + count, 0)
  const holds = load.p95Us < 200_000 && load.p99Us < 1_000_000 && errors < 0.001
  if (holds) best = Math.max(best, perSecond)
  const cells = [
    perSecond,
    ((load.requests - load.refused) / seconds).toFixed(0),
    ms(load.p50Us),
    ms(load.p95Us),
    ms(load.p99Us),
    `${(errors * 100).toFixed(3)} %`,
    load.resent,
    load.open,
    Object.entries(load.pages)
      .map(([cache, count]) => `${cache} ${((count / looks) * 100).toFixed(1)} %`)
      .join(', '),
    `${ms(load.lateP99Us)} ms, ${(load.generatorCpuUs / 1e6 / seconds).toFixed(2)} cores`,
    queries,
  ]
  console.log(`| ${cells.join(' | ')} |${holds ? '' : ' beyond'}`)
}
console.log(best ? `Held at ${best} a second.` : 'Held at none of them.')
process.exit(best ? 0 : 1)
