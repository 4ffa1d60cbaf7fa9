import { reachOwnDirectly } from '../../own-address.ts'
import { filesLike } from '../house/sources.ts'
import { buildOfTests } from '../stage/campaign-page.ts'
import { inOrder, needsOf, needsPage, nextOf, notThatWay } from './needs.ts'
import { type Lane, startParts } from './parts.ts'
import { closing, runStep, runTests, type Say } from './suite.ts'
import { nothing, type Tally } from './tally.ts'
import { unitTests, verify } from './verify.ts'

const usage = `bun run test [-- PART-OF-A-PATH…]

Runs everything: what \`bun run verify\` checks, then what stands in backend/testing: on real engines (engines/), of the whole line
(line/, faults/) and in a real browser (browser/), on servers of their own that are gone afterwards.
With parts of paths it runs only the test files whose path holds one of them. DATABASE_URL, REDIS_URL, MONGO_URL and
S3_ENDPOINT in the environment are used instead of starting a server. With CI=true a missing part is a failure. With
LINE_SHARDS=12 every line divides phones into so many shards, and what looks at the keys of one is skipped. With LINE_POOLED=1
every line and every engine comes to Postgres through PgBouncer, and what has to come to it directly is skipped.
`

// While nothing that waits has all that it needs.
const lookAgainMs = 200

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
    needed: [...new Set(served.flatMap((file) => needsOf(file, process.env)))],
    files: served.length,
  })
  process.once('SIGINT', () => void parts.stop().then(() => process.exit(130)))
  process.once('SIGTERM', () => void parts.stop().then(() => process.exit(143)))
  try {
    const tallies: Tally[] = []
    const checking =
      wanted.length === 0
        ? verify(say)
        : runTests(say, {
            title: 'unit tests',
            files: unit.filter(isWanted),
            testTimeoutMs: 20_000,
            timeoutMs: 300_000,
          }).then((tally) => [tally])
    let pageIsTried = false
    const isReady = (file: string) =>
      (pageIsTried || !needsPage(file)) && needsOf(file, process.env).every((part) => parts.isKnown(part))
    const waiting = [...served]
    const running = new Set<string>()
    const work = async (lane: Lane) => {
      await lane.begun
      while (waiting.length > 0 && !parts.stopping()) {
        const file = nextOf(waiting.filter(isReady), running)
        if (!file) {
          await Bun.sleep(lookAgainMs)
          continue
        }
        waiting.splice(waiting.indexOf(file), 1)
        running.add(file)
        tallies.push(await runServed(lane, file))
        running.delete(file)
      }
    }
    const [first, ...others] = parts.lanes
    // Beside the unit tests, which have one core of those there are.
    const working = work(first!)
    tallies.push(...(await checking))
    if (served.some(needsPage))
      tallies.push(await runStep(say, { title: 'page builds', ...buildOfTests(parts.pageDir) }))
    pageIsTried = true
    await Promise.all([working, ...others.map(work)])

    const { lines, exitCode } = closing(tallies)
    await parts.stop()
    for (const line of lines) say(line)
    return exitCode
  } finally {
    await parts.stop()
  }
}

async function runServed(lane: Lane, file: string): Promise<Tally> {
  const why = notThatWay(file, process.env)
  if (why) {
    say(`skip    ${file}  ${why}`)
    return { ...nothing, skipped: 1, notes: [`skipped: ${file}: ${why}`] }
  }
  const needs = needsOf(file, process.env)
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
