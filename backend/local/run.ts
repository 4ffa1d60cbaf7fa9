import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { type Config, InvalidConfig, readConfig } from '../config.ts'
import { ownHost, reachOwnDirectly } from '../own-address.ts'
import { type Addresses, addressesOf } from './addresses.ts'
import { CannotStart } from './cannot-start.ts'
import { type DataDir, openDataDir } from './data-dir.ts'
import { type Environment, given } from './machine.ts'
import { withoutStorageKey } from './object-storage.ts'
import { anyPort, demandPort } from './port-holder.ts'
import {
  buildPage,
  endLeftOvers,
  killAll,
  migrate,
  type PageServer,
  root,
  runPart,
  setupMedia,
} from './processes.ts'
import type { Service } from './service.ts'
import { type Services, startServices } from './services.ts'
import { type Row, tableOf, whereOf } from './table.ts'

const readyDeadlineMs = 90_000

export type RunOptions = Readonly<{
  env: Environment
  /** Restarts API and worker when their sources change, and serves the page with hot reload, there. */
  dev?: PageServer
  print: (line: string) => void
  /** Aborted when everything shall end in order. */
  stop: AbortSignal
  /** Aborted when everything shall end at once. */
  force: AbortSignal
}>

/**
 * Runs services, API, worker and page until told to stop, or until API or worker cannot be kept alive.
 * Then ends them, the API first, so that no lead is lost. Resolves with the exit code.
 */
export async function runAll(options: RunOptions): Promise<number> {
  const { print } = options
  const closers: (() => unknown)[] = []
  try {
    await openAll(options, closers)
    return options.stop.aborted ? 0 : 1
  } catch (error) {
    if (options.stop.aborted) return 0
    if (!(error instanceof CannotStart || error instanceof InvalidConfig)) throw error
    print(error.message)
    return 1
  } finally {
    for (const close of closers.reverse()) await close()
  }
}

async function openAll(options: RunOptions, closers: (() => unknown)[]): Promise<void> {
  const { print, dev, stop } = options
  // Whoever starts everything with one command has nothing in front of it.
  const listenAddress = given(options.env, 'LISTEN_ADDRESS') ?? '127.0.0.1'
  const settings: Record<string, string | undefined> = {
    ...options.env,
    LISTEN_ADDRESS: listenAddress,
    LISTEN_ADDRESS_FILE: '',
  }
  const config = previewConfig(settings)
  for (const env of [process.env, settings]) reachOwnDirectly(env, ownHost(config))
  const dataDir = openDataDir(resolve(root, config.dataDir))
  claimFolder(dataDir)
  closers.push(() => dataDir.forgetRun('start'))
  options.force.addEventListener('abort', () => killAll(dataDir))
  await endLeftOvers({ dataDir, print })

  const port = config.port || (await anyPort())
  const workerPort = config.workerPort || (await anyPort())
  await demandPort(port, 'PORT')
  await demandPort(workerPort, 'WORKER_PORT')
  if (dev) await demandPort(dev.port, '--port')
  if (dev && root.includes('#'))
    throw new CannotStart(
      'Vite cannot serve a page whose files have a # in their path: move the checkout, or use "bun run start".',
    )

  let isUp = false
  const page = dev ? undefined : buildPage(options)
  if (page) closers.push(() => page.stop())
  const services = await startServices({
    dataDir,
    env: options.env,
    keepAlive: true,
    log: print,
    after: page?.built,
    stop,
    onChange: (service) => {
      if (isUp) print(changeOf(service))
    },
  })
  closers.push(() => services.stop())

  const env: Environment = {
    ...settings,
    ...services.env,
    SECRET_KEY:
      given(options.env, 'SECRET_KEY') ?? dataDir.secret('secret-key', () => randomBytes(32).toString('hex')),
    SECRET_KEY_FILE: '',
    DATA_DIR: dataDir.path,
    PORT: String(port),
    WORKER_PORT: String(workerPort),
  }
  readConfig(env)
  dataDir.keepFact('settings', { ...services.env, SECRET_KEY: env.SECRET_KEY })
  await migrate({ env, print }, stop)
  if (stop.aborted) return

  const host = ownHost(config)
  const deps = { env, print, dataDir, dev, isUp: () => isUp }
  // None holds the key to more than it needs.
  const isOwnStorage = services.env.S3_SECRET_KEY !== undefined
  const workerEnv = { ...env, MIGRATE_DATABASE_URL: '', ...(isOwnStorage && withoutStorageKey) }
  const apiEnv = { ...workerEnv, WORKER_DATABASE_URL: '' }
  const worker = runPart({ ...deps, env: workerEnv }, 'worker')
  closers.push(() => worker.stop().then(() => dataDir.forgetRun('worker')))
  const api = runPart({ ...deps, env: apiEnv }, 'api')
  closers.push(() => api.stop().then(() => dataDir.forgetRun('api')))
  if (dev) {
    const vite = runPart({ ...deps, env: { ...apiEnv, API_ORIGIN: `http://${host}:${port}` } }, 'vite')
    closers.push(() => vite.stop().then(() => dataDir.forgetRun('vite')))
  }

  const ending = new AbortController()
  let opening: Promise<void> | undefined
  // Not awaited at the end: a storage that never becomes ready settles only once it is stopped.
  void services.s3.settled.then(() => {
    if (isOwnStorage && services.s3.state === 'running' && !ending.signal.aborted)
      opening = setupMedia({ env, print }, ending.signal)
  })
  closers.push(() => {
    ending.abort()
    return opening
  })

  const failed = Promise.race([api.exited, worker.exited]).then(() => {
    throw new CannotStart('What it said is above; "bun run doctor" looks for the cause.')
  })
  const ready = Promise.all([
    untilOk(`http://${host}:${port}/readyz`, 'The API', stop),
    untilOk(`http://${host}:${workerPort}/livez`, 'The worker', stop),
  ])
  await Promise.race([ready, failed])
  if (stop.aborted) return

  isUp = true
  print('')
  const addresses = addressesOf({ port, workerPort, listenAddress, dev })
  print(tableOf(rowsOf({ addresses, services, pageState: page?.state })))
  print('')
  print(
    dev
      ? `The page, with hot reload: ${addresses.page}   (Ctrl-C ends everything)`
      : `Landfast runs: ${addresses.page}   (Ctrl-C ends it; no lead is lost)`,
  )
  print('')
  void page?.built.then((sentence) => {
    if (sentence) print(sentence)
  })
  await Promise.race([untilAborted(stop), failed])
}

/** The settings before the services are known, so that a fault in them is told before anything starts. */
export function previewConfig(env: Environment): Config {
  const stands: Record<string, string> = {
    DATABASE_URL: 'postgres://localhost/landfast',
    REDIS_URL: 'redis://localhost',
    SECRET_KEY: randomBytes(32).toString('hex'),
  }
  const missing = Object.entries(stands).filter(([name]) => !given(env, name))
  return readConfig({ ...env, ...Object.fromEntries(missing) })
}

function claimFolder(dataDir: DataDir): void {
  const other = dataDir.running('start')
  if (other)
    throw new CannotStart(
      `Landfast already runs from ${dataDir.path} (pid ${other.pid}): end that one first, or set DATA_DIR to another folder.`,
    )
  dataDir.recordRun('start', process.pid)
}

function rowsOf(input: {
  addresses: Addresses
  services: Services
  /** Undefined where Vite serves the page. */
  pageState: string | undefined
}): Row[] {
  const { addresses } = input
  const page = input.pageState
    ? { state: input.pageState, from: 'frontend/dist' }
    : { state: 'running', from: `Vite, with hot reload, ${addresses.pageReach}` }
  return [
    { part: 'Page', where: addresses.page, ...page },
    { part: 'API', state: 'running', where: `${addresses.api}/api`, from: addresses.apiReach },
    { part: 'Worker', state: 'running', where: addresses.worker, from: 'as the API' },
    ...input.services.all.map((service) => ({
      part: service.title,
      state: service.state === 'running' && service.pid === undefined ? 'given' : service.state,
      where: whereOf(service.url),
      from: service.state === 'joining' ? `${service.how}; joins when ready` : service.how,
    })),
  ]
}

function changeOf(service: Service): string {
  if (service.state === 'running')
    return `${service.title} joined at ${whereOf(service.url)} (${service.how})`
  return `${service.title} is ${service.state}: ${service.how}`
}

async function untilOk(url: string, title: string, stop: AbortSignal): Promise<void> {
  const deadline = Date.now() + readyDeadlineMs
  while (!stop.aborted) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2000) }).catch(() => undefined)
    if (answer?.ok) return
    if (Date.now() > deadline) {
      const found = answer ? `answers ${answer.status}` : 'does not answer'
      throw new CannotStart(`${title} is not ready after ${readyDeadlineMs / 1000} s: ${url} ${found}.`)
    }
    await Bun.sleep(50)
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve())
  })
}
