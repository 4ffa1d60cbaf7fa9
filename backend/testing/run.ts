import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { given, thisMachine } from '../local/machine.ts'
import { type ServiceName, type Services, serviceNames, startServices } from '../local/services.ts'
import { type Browser, haveChromium } from './chromium.ts'
import { inOrder, needsOf, type Part } from './needs.ts'
import { filesLike, textOf } from './sources.ts'
import { killAll } from './step.ts'
import { closing, runStep, runTests, type Say, testEnvironment } from './suite.ts'
import { nothing, type Tally } from './tally.ts'
import { unitTests, verify } from './verify.ts'

const usage = `bun run test [-- PART-OF-A-PATH…]

Runs everything: what \`bun run verify\` checks, then the tests on real engines (*.engine.test.ts), of the whole line
(*.line.test.ts) and in a real browser (*.e2e.test.ts), on servers of their own that are gone afterwards.
With parts of paths it runs only the test files whose path holds one of them. DATABASE_URL, REDIS_URL, MONGO_URL and
S3_ENDPOINT in the environment are used instead of starting a server. With CI=true a missing part is a failure.
`

// What a server given from outside is described by.
const settingsOf: Record<ServiceName, readonly string[]> = {
  postgres: ['DATABASE_URL'],
  redis: ['REDIS_URL'],
  mongo: ['MONGO_URL'],
  s3: ['S3_ENDPOINT', 'S3_REGION', 'S3_ACCESS_KEY', 'S3_SECRET_KEY', 'S3_BUCKET'],
}

const say: Say = (line) => process.stdout.write(`${line}\n`)
const log = (sentence: string) => say(`...     ${sentence}`)

async function main(wanted: readonly string[]): Promise<number> {
  const isWanted = (file: string) => wanted.length === 0 || wanted.some((part) => file.includes(part))
  const unit = unitTests()
  const files = filesLike('{backend,frontend,docker}/**/*.test.{ts,tsx}').filter(isWanted)
  const served = inOrder(
    files.filter((file) => !unit.includes(file)),
    textOf,
  )
  if (files.length === 0) {
    process.stderr.write(`No test file has ${wanted.join(' or ')} in its path.\n`)
    return 2
  }

  const parts = startParts([...new Set(served.flatMap((file) => needsOf(file, textOf(file))))])
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
    if (served.some((file) => /\.(?:line|e2e)\.test\./.test(file)))
      tallies.push(
        await runStep(say, {
          title: 'page builds',
          command: [process.execPath, '--no-env-file', 'run', '--silent', 'build'],
        }),
      )
    for (const file of served) if (!parts.stopping()) tallies.push(await runServed(parts, file))

    const { lines, exitCode } = closing(tallies)
    await parts.stop()
    for (const line of lines) say(line)
    return exitCode
  } finally {
    await parts.stop()
  }
}

async function runServed(parts: Parts, file: string): Promise<Tally> {
  const missing = (await Promise.all(needsOf(file, textOf(file)).map((part) => parts.missing(part)))).filter(
    (reason) => reason !== undefined,
  )
  if (missing.length === 0)
    return runTests(say, {
      title: file,
      files: [file],
      env: await parts.env(),
      testTimeoutMs: 60_000,
      timeoutMs: 600_000,
    })
  const demanded = Boolean(process.env.CI) && process.env.CI !== 'false'
  const word = demanded ? 'failed' : 'skipped'
  const notes = missing.map((reason) => `${word}: ${file}: ${reason}`)
  say(`${demanded ? 'FAILED' : 'skip  '}  ${file}  ${missing.join('; ')}`)
  return { ...nothing, [word]: 1, notes }
}

type Parts = Readonly<{
  /** Waits until a part is there or known to be missing; answers why it is missing. */
  missing: (part: Part) => Promise<string | undefined>
  env: () => Promise<Record<string, string | undefined>>
  stopping: () => boolean
  stop: () => Promise<void>
}>

/** Starts, finds or installs the parts at once, in the background. */
function startParts(needed: readonly Part[]): Parts {
  const machine = thisMachine(process.env)
  const stopping = new AbortController()
  const folder = mkdtempSync(join(tmpdir(), 'landfast-test-'))
  // Postgres may run as another user, who has to pass through.
  chmodSync(folder, 0o755)

  const only = serviceNames.filter((name) => needed.includes(name))
  let cannot = ''
  const services: Promise<Services | undefined> =
    only.length === 0
      ? Promise.resolve(undefined)
      : startServices({ dataDir: join(folder, 'data'), only, log, env: process.env }).then(
          (started) => {
            for (const { title, how } of started.all) log(`${title}: ${how}`)
            return started
          },
          (error: Error) => {
            cannot = error.message
            return undefined
          },
        )
  // After the services: two package managers at once would stand in each other's way.
  const browser: Promise<Browser> = needed.includes('chromium')
    ? services
        .then(() => haveChromium({ machine, log, stop: stopping.signal }))
        .catch((error: Error) => ({ how: error.message }))
    : Promise.resolve({ how: 'not asked for' })

  let stopped: Promise<void> | undefined
  const stop = async () => {
    stopping.abort()
    killAll()
    await (await services)?.stop()
    await browser
    rmSync(folder, { recursive: true, force: true })
  }

  return {
    async missing(part) {
      if (part === 'chromium') {
        const { path, how } = await browser
        return path ? undefined : `needs Chromium: ${how}`
      }
      const started = await services
      if (!started) return `needs servers: ${cannot}`
      const service = started[part]
      if (service.state === 'joining') log(`waiting for ${service.title}`)
      await service.settled
      return service.state === 'running' ? undefined : `needs ${service.title}: ${service.how}`
    },
    async env() {
      const fromOutside = only
        .filter((name) => given(process.env, settingsOf[name][0]!))
        .flatMap((name) => settingsOf[name])
        .map((name) => [name, given(process.env, name)] as const)
        .filter((pair): pair is [string, string] => pair[1] !== undefined)
      const { path } = await browser
      return testEnvironment(process.env, {
        SECRET_KEY: secretKey,
        S3_BUCKET: bucket,
        ...(await services)?.env,
        ...Object.fromEntries(fromOutside),
        ...(path ? { CHROMIUM_PATH: path } : {}),
      })
    },
    stopping: () => stopping.signal.aborted,
    stop: () => (stopped ??= stop()),
  }
}

const secretKey = randomBytes(32).toString('hex')
const bucket = `landfast-test-${randomBytes(4).toString('hex')}`

const args = process.argv.slice(2)
if (args.includes('--help')) process.stdout.write(usage)
else process.exitCode = await main(args)
