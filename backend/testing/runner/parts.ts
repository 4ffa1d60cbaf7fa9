import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { given, givenAddress, thisMachine } from '../../local/machine.ts'
import { type ServiceName, serviceNames } from '../../local/service.ts'
import { type Services, startServices } from '../../local/services.ts'
import { type Browser, haveChromium } from '../stage/chromium.ts'
import { haveProgram, type Program, type ProgramName, programNames, programs } from '../stage/programs.ts'
import { adminUser } from '../stage/redis-admin.ts'
import type { Part } from './needs.ts'
import { killAll } from './step.ts'
import { testEnvironment } from './suite.ts'

/** Servers on which one test file runs at a time. */
export type Lane = Readonly<{
  /** Resolves when its own servers serve, or cannot. */
  begun: Promise<unknown>
  /** Waits until a part is there or known to be missing; answers why it is missing. */
  missing: (part: Part) => Promise<string | undefined>
  /** The environment of a test that needs these parts. */
  env: (needs: readonly Part[]) => Promise<Record<string, string | undefined>>
}>

/** The servers and the browser of a test run, in a folder that is gone afterwards. */
export type Parts = Readonly<{
  lanes: readonly Lane[]
  /** Whether nobody has to wait for a part any more: it is there, or known to be missing. */
  isKnown: (part: Part) => boolean
  /** Where the page is built that the API of the tests serves. */
  pageDir: string
  stopping: () => boolean
  stop: () => Promise<void>
}>

// What tells where a service is. One that is given from outside keeps its own.
const settingsOf: Record<ServiceName, readonly string[]> = {
  postgres: ['DATABASE_URL'],
  redis: ['REDIS_URL'],
  mongo: ['MONGO_URL'],
  s3: ['S3_ENDPOINT', 'S3_REGION', 'S3_ACCESS_KEY', 'S3_SECRET_KEY', 'S3_BUCKET'],
}

const isProgram = (part: Part): part is ProgramName => part in programs

const secretKey = randomBytes(32).toString('hex')
const bucket = `landfast-test-${randomBytes(4).toString('hex')}`

const givenFor = (name: string) =>
  name === 'DATABASE_URL' || name === 'REDIS_URL' || name === 'MONGO_URL'
    ? givenAddress(process.env, name)
    : given(process.env, name)

// What each lane has for itself: files of two lanes would empty each other's Redis. In the others, which are slow to build, each
// file makes a database or a bucket of its own.
const ownOfLane: readonly ServiceName[] = ['postgres', 'redis']
const lanesMost = 2

/**
 * Starts, finds or installs the parts at once, in the background. More than half of a test is waiting, so several files have
 * two lanes; servers that are given from outside make one.
 */
export function startParts(input: {
  log: (sentence: string) => void
  needed: readonly Part[]
  /** How many test files there are: no more lanes have something to do. */
  files: number
}): Parts {
  const { log, needed } = input
  const machine = thisMachine(process.env)
  const stopping = new AbortController()
  const folder = mkdtempSync(join(tmpdir(), 'landfast-test-'))
  // Postgres may run as another user, who has to pass through.
  chmodSync(folder, 0o755)

  type Started = Readonly<{ services?: Services; cannot: string }>
  const startOn = async (name: string, only: readonly ServiceName[]): Promise<Started> => {
    if (only.length === 0) return { cannot: 'not asked for' }
    try {
      const services = await startServices({
        dataDir: join(folder, name),
        only,
        log,
        env: process.env,
        redisSettings: adminUser,
        stop: stopping.signal,
      })
      return { services, cannot: '' }
    } catch (error) {
      return { cannot: (error as Error).message }
    }
  }
  const only = serviceNames.filter((name) => needed.includes(name))
  const first = startOn('data', only).then((started) => {
    for (const { title, how } of started.services?.all ?? []) log(`${title}: ${how}`)
    return started
  })
  const own = only.filter((name) => ownOfLane.includes(name))
  const isGiven = own.some((name) => settingsOf[name].some(givenFor))
  // After the first, which may have to install the servers.
  const others = Array.from({ length: isGiven ? 0 : Math.min(lanesMost, input.files) - 1 }, (_, at) =>
    first.then(() => startOn(`data-of-lane-${at + 2}`, own)),
  )
  // After the services: two package managers at once would stand in each other's way.
  const browser: Promise<Browser> = needed.includes('chromium')
    ? first
        .then(() => haveChromium({ machine, log, stop: stopping.signal }))
        .catch((error: Error) => ({ how: error.message }))
    : Promise.resolve({ how: 'not asked for' })
  const found = new Map<ProgramName, Promise<Program>>()
  let before: Promise<unknown> = browser
  for (const name of programNames.filter((each) => needed.includes(each))) {
    const finding = before.then(() => haveProgram(name, { machine, log }))
    found.set(name, finding)
    before = finding
  }

  const pageDir = join(folder, 'page')
  let stopped: Promise<void> | undefined
  const stop = async () => {
    stopping.abort()
    killAll()
    await Promise.all([first, ...others].map(async (lane) => (await lane).services?.stop()))
    await browser
    await before
    rmSync(folder, { recursive: true, force: true })
  }

  const known = new Set<Part>()
  const keep = (part: Part) => () => void known.add(part)
  void browser.then(keep('chromium'))
  for (const [name, finding] of found) void finding.then(keep(name), keep(name))
  void first.then(({ services }) => {
    for (const name of only) void (services?.[name].settled ?? first).then(keep(name))
  })

  const laneOn = (started: Promise<Started>, number: number): Lane => {
    // Each service of a lane, where it has one of its own.
    const startedFor = (name: ServiceName) => (ownOfLane.includes(name) ? started : first)
    return {
      begun: started,
      async missing(part) {
        if (part === 'chromium') {
          const { path, how } = await browser
          return path ? undefined : `needs Chromium: ${how}`
        }
        if (isProgram(part)) {
          const { path, how } = (await found.get(part)) ?? { how: 'not asked for' }
          return path ? undefined : `needs ${part}: ${how}`
        }
        const { services, cannot } = await startedFor(part)
        if (!services) return `needs servers: ${cannot}`
        const service = services[part]
        await service.settled
        return service.state === 'running' ? undefined : `needs ${service.title}: ${service.how}`
      },
      async env(needs) {
        // No more than it needs: what it does not need may still be joining, and would look broken to it.
        const addresses = await Promise.all(
          serviceNames
            .filter((name) => needs.includes(name))
            .map(async (service) => {
              const addressOf = (await startedFor(service)).services?.env ?? {}
              return (
                settingsOf[service]
                  // Tests of engines make databases of their own, as the owner of the server may.
                  .map((name) => [
                    name,
                    givenFor(name) ?? addressOf[name === 'DATABASE_URL' ? 'MIGRATE_DATABASE_URL' : name],
                  ])
                  .filter((pair): pair is [string, string] => pair[1] !== undefined)
              )
            }),
        )
        const browserPath = needs.includes('chromium') ? (await browser).path : undefined
        const paths = await Promise.all(
          needs
            .filter(isProgram)
            .map(async (name) => [programs[name].setting, (await found.get(name))?.path]),
        )
        return testEnvironment(process.env, {
          SECRET_KEY: secretKey,
          S3_BUCKET: bucket,
          PAGE_DIR: pageDir,
          TEST_LANE: String(number),
          ...Object.fromEntries(addresses.flat()),
          ...(browserPath ? { CHROMIUM_PATH: browserPath } : {}),
          ...Object.fromEntries(paths),
        })
      },
    }
  }

  return {
    lanes: [first, ...others].map(laneOn),
    isKnown: (part) => known.has(part),
    pageDir,
    stopping: () => stopping.signal.aborted,
    stop: () => (stopped ??= stop()),
  }
}
