import { reachOwnDirectly } from '../../own-address.ts'
import { filesLike } from '../house/sources.ts'
import { buildOfTests } from '../stage/campaign-page.ts'
import { inOrder, needsOf } from './needs.ts'
import { type Lane, startParts } from './parts.ts'
import { closing, runStep, runTests, type Say } from './suite.ts'
import { nothing, type Tally } from './tally.ts'
import { unitTests, verify } from './verify.ts'

const usage = `bun run test [-- PART-OF-A-PATH…]

Runs everything: what \`bun run verify\` checks, then what stands in backend/testing: on real engines (engines/), of the whole line
(line/, faults/) and in a real browser (browser/), on servers of their own that are gone afterwards.
With parts of paths it runs only the test files whose path holds one of them. DATABASE_URL, REDIS_URL, MONGO_URL and
S3_ENDPOINT in the environment are used instead of starting a server. With CI=true a missing part is a failure.
`

const say: Say = (line) => process.stdout.write(`${line}\n`)
const log = (sentence: string) => say(`...     ${sentence}`)

async function main(wanted: readonly string[]): Promise<number> {
  reachOwnDirectly(process.env)
  const isWanted = (file: string) => wanted.length === 0 || wanted.some((part) => file.includes(part))
  const unit = unitTests()
  const files = filesLike('{backend,frontend,docker}/**/*.test.{ts,tsx}').filter(isWanted)
  const served = inOrder(files.filter((file) => !unit.includes(file)))
  if (files.length === 0) {
    process.stderr.write(`No test file has ${wanted.join(' or ')} in its path.\n`)
    return 2
  }

  const parts = startParts({
    log,
    needed: [...new Set(served.flatMap((file) => needsOf(file)))],
    several: served.length > 1,
  })
  process.once('SIGINT', () => void parts.stop().then(() => process.exit(130)))
  process.once('SIGTERM', () => void parts.stop().then(() => process.exit(143)))
  try {
    const tallies: Tally[] =
      wanted.length === 0
        ? await verify(say)
        : [
            await runTests(say, {
              title: 'unit tests',
              files: unit.filter(isWanted),
              testTimeoutMs: 20_000,
              timeoutMs: 300_000,
            }),
          ]
    if (served.some((file) => !file.startsWith('backend/testing/engines/')))
      tallies.push(
        await runStep(say, {
          title: 'page builds',
          ...buildOfTests(parts.pageDir),
        }),
      )
    const waiting = [...served]
    const nextFor = (lane: Lane) => {
      const next = waiting.findIndex((file) => lane.has(needsOf(file)))
      return next < 0 || parts.stopping() ? undefined : waiting.splice(next, 1)[0]
    }
    const work = async (lane: Lane) => {
      for (let file = nextFor(lane); file; file = nextFor(lane)) tallies.push(await runServed(lane, file))
    }
    await Promise.all(parts.lanes.map(work))

    const { lines, exitCode } = closing(tallies)
    await parts.stop()
    for (const line of lines) say(line)
    return exitCode
  } finally {
    await parts.stop()
  }
}

async function runServed(lane: Lane, file: string): Promise<Tally> {
  const needs = needsOf(file)
  const reasons = await Promise.all(needs.map((part) => lane.missing(part)))
  const missing = reasons.filter((reason) => reason !== undefined)
  if (missing.length === 0)
    return runTests(say, {
      title: file,
      files: [file],
      env: await lane.env(needs),
      testTimeoutMs: 60_000,
      timeoutMs: 600_000,
    })
  const demanded = Boolean(process.env.CI) && process.env.CI !== 'false'
  const word = demanded ? 'failed' : 'skipped'
  const notes = missing.map((reason) => `${word}: ${file}: ${reason}`)
  say(`${demanded ? 'FAILED' : 'skip  '}  ${file}  ${missing.join('; ')}`)
  return { ...nothing, [word]: 1, notes }
}

const args = process.argv.slice(2)
if (args.includes('--help')) process.stdout.write(usage)
else process.exitCode = await main(args)
