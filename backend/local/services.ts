import { CannotStart } from './cannot-start.ts'
import { type DataDir, openDataDir } from './data-dir.ts'
import { buildGo, installPackage } from './install.ts'
import { type Choice, type Environment, type Machine, thisMachine } from './machine.ts'
import { chooseMongo, ferretdbSource, ferretdbVersion, mongoUrl, startMongo } from './mongo.ts'
import {
  chooseObjectStorage,
  minioVersion,
  startObjectStorage,
  storageKeys,
  storageUrl,
} from './object-storage.ts'
import { choosePort } from './ports.ts'
import { startPostgres } from './postgres.ts'
import { choosePostgres, postgresRecord } from './postgres-choice.ts'
import { chooseRedis, startRedis } from './redis.ts'
import type { Server, ServerDeps } from './server.ts'
import { type Service, type ServiceName, serviceNames } from './service.ts'
import { makePart, titles } from './service-state.ts'

export type Services = Readonly<Record<ServiceName, Service>> &
  Readonly<{
    /** Those that were asked for, in the order of the table. */
    all: readonly Service[]
    /** The settings that tell API and worker where everything is. */
    env: Readonly<Record<string, string>>
    /** Resolves when nothing is joining any more. */
    settled: Promise<void>
    /** Stops all that were started here, side by side, so that one that is deaf holds up no other. */
    stop: () => Promise<void>
  }>

export type ServicesOptions = Readonly<{
  dataDir: string | DataDir
  only?: readonly ServiceName[]
  log?: (sentence: string) => void
  /** Where a service's address may already be given. Default: the environment of this process. */
  env?: Environment
  /** Starts its own servers even where an address is given, for tests that kill them. */
  own?: boolean
  /** Settings of our own Redis beside those that it ships with, such as a user for tests. */
  redisSettings?: readonly string[]
  /** Starts again what dies by itself. Default false, so that tests decide. */
  keepAlive?: boolean
  /** Optional ones that must be built first wait for this. */
  after?: Promise<unknown>
  /** Gives up installing and building when aborted. */
  stop?: AbortSignal
  onChange?: (service: Service) => void
}>

const nothingGiven = Object.fromEntries(
  ['DATABASE_URL', 'REDIS_URL', 'MONGO_URL', 'S3_ENDPOINT'].flatMap((name) => [
    [name, undefined],
    [`${name}_FILE`, undefined],
  ]),
)

/**
 * Finds or starts the services and resolves when Postgres and Redis serve; Mongo and object storage join later.
 * @throws CannotStart with one sentence when there can be no Postgres.
 */
export async function startServices(options: ServicesOptions): Promise<Services> {
  const { only = serviceNames, log = () => undefined, keepAlive = false, after = Promise.resolve() } = options
  const dataDir = typeof options.dataDir === 'string' ? openDataDir(options.dataDir) : options.dataDir
  const given = options.env ?? process.env
  const machine = thisMachine(options.own ? { ...given, ...nothingGiven } : given)
  const stopping = new AbortController()
  const deps: ServerDeps = { dataDir, log, keepAlive, stop: stopping.signal }
  options.stop?.addEventListener('abort', () => stopping.abort())
  const part = (name: ServiceName) => makePart(name, options.onChange)
  const parts = { postgres: part('postgres'), redis: part('redis'), mongo: part('mongo'), s3: part('s3') }
  const asked = serviceNames.filter((name) => only.includes(name))
  for (const name of serviceNames) if (!only.includes(name)) parts[name].none('off', 'not asked for')
  const env: Record<string, string> = {}

  const postgres = async () => {
    const choice = choosePostgres(machine, postgresRecord(dataDir))
    if (choice.from === 'environment') return parts.postgres.given(choice)
    if (choice.from !== 'machine') throw new CannotStart(choice.how)
    const { server, urls, how } = await startPostgres(deps, { machine, server: choice.server })
    env.DATABASE_URL = urls.api
    env.WORKER_DATABASE_URL = urls.worker
    env.MIGRATE_DATABASE_URL = urls.owner
    parts.postgres.runs(server, urls.owner, how)
  }

  const redis = async () => {
    const choice = await installed(chooseRedis, 'redis')
    if (choice.from === 'environment') return parts.redis.given(choice)
    if (choice.from !== 'machine') {
      if (!machine.env.ACK_MODE) env.ACK_MODE = 'pg'
      return parts.redis.none('missing', `${choice.how}; leads go through Postgres only (ACK_MODE=pg)`)
    }
    const { server, url } = await startRedis(deps, {
      program: choice.server,
      settings: options.redisSettings,
    })
    env.REDIS_URL = url
    parts.redis.runs(server, url, choice.how)
  }

  /** Installs a system package where that is possible, and chooses again. */
  async function installed<T>(
    choose: (machine: Machine) => Choice<T>,
    name: ServiceName,
  ): Promise<Choice<T>> {
    const choice = choose(machine)
    if (choice.from !== 'install' || choice.install.with === 'go') return choice
    try {
      await installPackage({ machine, log }, { title: titles[name], ...choice.install })
      const again = choose(machine)
      if (again.from === 'machine') return { ...again, how: `${again.how}, ${choice.how}` }
      return { from: 'nowhere', how: `${choice.install.packages[0]} was installed, but no server is on PATH` }
    } catch (error) {
      return { from: 'nowhere', how: `installing it failed (${(error as Error).message})` }
    }
  }

  const ready = await Promise.allSettled([
    ...(asked.includes('postgres') ? [postgres()] : []),
    ...(asked.includes('redis') ? [redis()] : []),
  ])
  const failed = ready.find((each) => each.status === 'rejected')
  if (failed) {
    await Promise.all([parts.redis.service.stop(), parts.postgres.service.stop()])
    throw failed.reason
  }

  const joins: (() => Promise<void>)[] = []
  const builds: (() => Promise<void>)[] = []
  if (asked.includes('mongo')) {
    const choice = chooseMongo(machine)
    if (choice.from === 'environment') parts.mongo.given(choice)
    else if (choice.from === 'nowhere') parts.mongo.none('off', choice.how)
    else {
      const port = await choosePortOf('mongo')
      const url = mongoUrl(port)
      env.MONGO_URL = url
      parts.mongo.joins(url, choice.how)
      const queue = choice.from === 'install' ? builds : joins
      queue.push(() =>
        join(
          'mongo',
          choice,
          { folder: ferretdbSource, about: `FerretDB ${ferretdbVersion} (about a minute)` },
          (program) =>
            startMongo(deps, {
              port,
              program: typeof program === 'string' ? { kind: 'ferretdb', path: program } : program,
            }),
        ),
      )
    }
  }
  if (asked.includes('s3')) {
    const choice = chooseObjectStorage(machine)
    if (choice.from === 'environment') parts.s3.given(choice)
    else if (choice.from === 'nowhere') parts.s3.none('off', choice.how)
    else {
      const port = await choosePortOf('s3')
      const url = storageUrl(port)
      const keys = storageKeys(dataDir)
      Object.assign(env, { S3_ENDPOINT: url, S3_ACCESS_KEY: keys.accessKey, S3_SECRET_KEY: keys.secretKey })
      parts.s3.joins(url, choice.how)
      const queue = choice.from === 'install' ? builds : joins
      queue.push(() =>
        join(
          's3',
          choice,
          { module: `github.com/minio/minio@${minioVersion}`, about: 'MinIO (about three minutes)' },
          (program) => startObjectStorage(deps, { program, port }),
        ),
      )
    }
  }

  async function choosePortOf(name: ServiceName): Promise<number> {
    return dataDir.running(name)?.port ?? choosePort({ dataDir }, { name })
  }

  async function join<T>(
    name: ServiceName,
    choice: Choice<T>,
    source: { about: string } & ({ folder: string } | { module: string }),
    start: (program: T | string) => Promise<Server>,
  ): Promise<void> {
    try {
      let program: T | string | undefined
      if (choice.from === 'machine') program = choice.server
      if (choice.from === 'install' && choice.install.with === 'go') {
        await buildGo(
          { machine, log, stop: stopping.signal },
          { title: titles[name], ...choice.install, ...source },
        )
        program = choice.install.binary
      }
      if (program === undefined || stopping.signal.aborted) return
      const server = await start(program)
      parts[name].runs(server, parts[name].service.url ?? '', choice.how)
    } catch (error) {
      if (!stopping.signal.aborted)
        parts[name].none('off', `it could not be had (${(error as Error).message})`)
    }
  }

  // Two Go builds at once would take the machine from the line, so what must be built waits for its turn.
  const inTurn = async () => {
    await after.catch(() => undefined)
    for (const joining of builds) if (!stopping.signal.aborted) await joining()
  }
  const settled = Promise.all([...joins.map((joining) => joining()), inTurn()]).then(() => undefined)

  return {
    postgres: parts.postgres.service,
    redis: parts.redis.service,
    mongo: parts.mongo.service,
    s3: parts.s3.service,
    all: asked.map((name) => parts[name].service),
    env,
    settled,
    async stop() {
      stopping.abort()
      await settled
      await Promise.all(serviceNames.map((name) => parts[name].service.stop()))
    },
  }
}
