import { randomBytes } from 'node:crypto'
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { CannotStart, sentenceFor } from './cannot-start.ts'
import { birthOf } from './process-identity.ts'

/** A process that was started from this folder, so that a later start knows it again. */
export type RunRecord = Readonly<{ pid: number; birth: string; port?: number }>

/** The folder in which local services keep everything: data, logs, ports, secrets. */
export type DataDir = Readonly<{
  path: string
  file: (...parts: string[]) => string
  /** A value made once and kept, readable by this user only. */
  secret: (name: string, make?: () => string) => string
  /** A small fact that later starts rely on, such as a port. */
  fact: <T>(name: string) => T | undefined
  keepFact: (name: string, value: unknown) => void
  /** The process recorded under a name, if that very process still runs. */
  running: (name: string) => RunRecord | undefined
  /** The last record under a name, running or not. */
  lastRun: (name: string) => RunRecord | undefined
  recordRun: (name: string, pid: number, port?: number) => void
  forgetRun: (name: string) => void
}>

/** Below this, Redis and Postgres would soon stop in the middle of a campaign. */
export const leastFreeBytes = 200 * 1024 * 1024

/**
 * Makes the folder if needed and proves that it can be written.
 * @throws CannotStart when it cannot, or when its disk is nearly full.
 */
export function openDataDir(path: string): DataDir {
  let root = resolve(path)
  try {
    mkdirSync(root, { recursive: true })
    root = realpathSync(root)
    for (const folder of [join(root, 'logs'), join(root, 'run')]) mkdirSync(folder, { recursive: true })
    chmodSync(join(root, 'logs'), 0o700)
    writeKept(join(root, 'run', '.probe'), 'written')
  } catch (error) {
    throw new CannotStart(sentenceFor(error, root))
  }
  const free = freeBytes(root)
  if (free < leastFreeBytes)
    throw new CannotStart(
      `Only ${Math.floor(free / 1024 / 1024)} MB are free on the disk that holds ${root}; ` +
        `leads need at least ${leastFreeBytes / 1024 / 1024} MB: free some room, or set DATA_DIR to another disk.`,
    )

  return dataDirAt(root)
}

/** Looks at the folder without making or changing anything; `fault` says why it could not be used. */
export function peekDataDir(path: string): DataDir & { fault: () => string | undefined } {
  const root = resolve(path)
  return {
    ...dataDirAt(root),
    fault() {
      let folder = root
      while (!existsSync(folder)) folder = dirname(folder)
      try {
        if (!statSync(folder).isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' })
        accessSync(folder, constants.W_OK)
        return undefined
      } catch (error) {
        return sentenceFor(error, root)
      }
    },
  }
}

function dataDirAt(root: string): DataDir {
  const file = (...parts: string[]) => join(root, ...parts)
  const keep = (name: string, change: (all: Record<string, unknown>) => void) => {
    const all = readJson(file(name)) ?? {}
    change(all)
    try {
      writeKept(file(name), `${JSON.stringify(all, null, 2)}\n`)
    } catch (error) {
      throw new CannotStart(sentenceFor(error, root))
    }
  }
  const lastRun = (name: string) => readJson(file('run', `${name}.json`)) as RunRecord | undefined

  return {
    path: root,
    file,
    secret(name, make = () => randomBytes(24).toString('hex')) {
      const kept = readJson(file('secrets.json'))?.[name]
      if (typeof kept === 'string') return kept
      const made = make()
      keep('secrets.json', (all) => {
        all[name] = made
      })
      return made
    },
    fact: <T>(name: string) => readJson(file('facts.json'))?.[name] as T | undefined,
    keepFact(name, value) {
      keep('facts.json', (all) => {
        all[name] = value
      })
    },
    lastRun,
    running(name) {
      const record = lastRun(name)
      return record && birthOf(record.pid) === record.birth ? record : undefined
    },
    recordRun(name, pid, port) {
      const birth = birthOf(pid)
      if (birth) writeKept(file('run', `${name}.json`), JSON.stringify({ pid, birth, port }))
    },
    forgetRun(name) {
      rmSync(file('run', `${name}.json`), { force: true })
    },
  }
}

/** The room that is left for this user on the disk of a folder, which need not exist yet. */
export function freeBytes(path: string): number {
  let folder = resolve(path)
  while (!existsSync(folder)) folder = dirname(folder)
  const { bavail, bsize } = statfsSync(folder)
  return Number(bavail) * Number(bsize)
}

function readJson(path: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined
    throw new CannotStart(`${path} cannot be read: ${(error as Error).message}`)
  }
}

// Losing the secrets would lose every claim, so the file is on the disk before its name points to it.
function writeKept(path: string, text: string): void {
  const draft = `${path}.${process.pid}.new`
  const handle = openSync(draft, 'w', 0o600)
  try {
    writeSync(handle, text)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  renameSync(draft, path)
}
