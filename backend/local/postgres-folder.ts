import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { supervise } from '../supervise.ts'
import { CannotStart, sentenceFor } from './cannot-start.ts'
import type { PostgresRecord, PostgresServer } from './postgres-choice.ts'
import type { User } from './postgres-user.ts'
import { birthOf, commandOf, workingIn } from './process-identity.ts'
import type { ServerDeps } from './server.ts'

/** A cluster of its own: nothing of the caller's PG* variables or locale may change how it behaves. */
export const serverEnv = { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C', LC_ALL: 'C', TZ: 'UTC' }

/**
 * Makes the data folder. One that was interrupted while it was made never gets the final name.
 * @throws CannotStart with one sentence.
 */
export async function makeFolder(
  deps: Pick<ServerDeps, 'dataDir' | 'log' | 'stop'>,
  input: { server: PostgresServer; as: User; password: string },
): Promise<void> {
  const { dataDir, stop } = deps
  const { server, as, password } = input
  const draft = dataDir.file('postgres.new')
  const passwordFile = dataDir.file('postgres.pw')
  try {
    rmSync(draft, { recursive: true, force: true })
    mkdirSync(draft, { mode: 0o700 })
    writeFileSync(passwordFile, password, { mode: 0o600 })
    if (as.uid !== undefined) for (const path of [draft, passwordFile]) chownSync(path, as.uid, as.gid!)
    const [program = '', ...args] = [
      ...as.prefix,
      join(server.bin, 'initdb'),
      ...['-D', draft, '-U', 'landfast', '--auth=scram-sha-256', `--pwfile=${passwordFile}`],
      // The C locale sorts alike in every build of a version, so no index depends on a library of this machine.
      ...['--encoding=UTF8', '--locale=C', '--data-checksums'],
    ]
    const said: string[] = []
    const initdb = supervise({
      name: 'initdb',
      command: [program, ...args],
      cwd: '/',
      env: serverEnv,
      log: deps.log,
      output: { line: (line) => said.push(line) },
      restart: false,
      detached: true,
    })
    const end = () => void initdb.stop()
    stop?.addEventListener('abort', end)
    if (stop?.aborted) end()
    const { code, reason } = await initdb.exited
    stop?.removeEventListener('abort', end)
    if (reason === 'stopped') throw new CannotStart('interrupted')
    if (code !== 0) {
      if (said.some((line) => /no space left/i.test(line)))
        throw Object.assign(new Error(said.join('\n')), { code: 'ENOSPC' })
      const telling = said.findLast((line) => /error|fatal/i.test(line)) ?? said.at(-1)
      throw new CannotStart(`Postgres cannot make its data folder: ${telling?.trim()}`)
    }
    dataDir.keepFact('postgres', { major: server.major, bin: server.bin } satisfies PostgresRecord)
    renameSync(draft, dataDir.file('postgres'))
  } catch (error) {
    throw error instanceof CannotStart ? error : new CannotStart(sentenceFor(error, dataDir.path))
  } finally {
    rmSync(passwordFile, { force: true })
    rmSync(draft, { recursive: true, force: true })
  }
}

function lockOf(data: string): { pid: number; port: number } | undefined {
  const file = join(data, 'postmaster.pid')
  if (!existsSync(file)) return undefined
  const lines = readFileSync(file, 'utf8').split('\n')
  return { pid: Number(lines[0]), port: Number(lines[3]) }
}

/** The Postgres that works in the folder although nobody recorded it. */
export function strayPostmaster(data: string): { pid: number; port: number } | undefined {
  const lock = lockOf(data)
  return lock && commandOf(lock.pid).includes(data) ? lock : undefined
}

/**
 * Removes the lock of a dead server where Postgres would respect it for ever: when another program has got its pid,
 * or when its process was never collected (as in containers). It goes only once nothing works in the folder any
 * more, because it is also what keeps two servers from one folder.
 */
export async function clearDeadLock(data: string): Promise<void> {
  const lock = lockOf(data)
  if (!lock || (birthOf(lock.pid) && commandOf(lock.pid).includes('postgres'))) return
  const deadline = Date.now() + 20_000
  while (workingIn(data).length > 0) {
    if (Date.now() > deadline) return
    await Bun.sleep(50)
  }
  rmSync(join(data, 'postmaster.pid'), { force: true })
}

/**
 * Links the libraries of npm's server: packages cannot hold links, and Bun does not run the script that makes them.
 * The links are relative, so that they hold in a copy and after a move.
 */
export function linkLibraries(native: string): void {
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as {
    source: string
    target: string
  }[]) {
    const link = join(dirname(native), target)
    const wanted = relative(dirname(link), join(dirname(native), source))
    if (linkAt(link) === wanted) continue
    rmSync(link, { force: true })
    symlinkSync(wanted, link)
  }
  for (const program of ['postgres', 'initdb', 'pg_ctl']) chmodSync(join(native, 'bin', program), 0o755)
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
