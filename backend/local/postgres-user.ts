import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { CannotStart } from './cannot-start.ts'
import type { DataDir } from './data-dir.ts'
import type { Machine } from './machine.ts'
import type { PostgresServer } from './postgres-choice.ts'
import { copyFor, everybodyMayUse, placesFor } from './program-copy.ts'

/** As whom Postgres runs: the words before its command, and who owns its files where that is not us. */
export type User = Readonly<{
  prefix: readonly string[]
  /** The same without any right to pass through folders of others. */
  plain: readonly string[]
  how: string
  uid?: number
  gid?: number
}>

/** What is said to root where there is no way to become another user. */
export const refusesRoot =
  'Postgres refuses to run as root here: start as an ordinary user, or set DATABASE_URL.'

/**
 * The user under whom Postgres runs here. It refuses to run as root, so root gives it a user of its own, who may
 * have to pass through folders of root to its data. The rights given for that hold for opening files only, not where
 * a program asks first whether it may, as initdb does: programs have to lie where that user may go by itself.
 * @throws CannotStart with one sentence.
 */
export function postgresUser(machine: Machine, dataDir: DataDir): User {
  if (!machine.isRoot) return { prefix: [], plain: [], how: '' }
  const setpriv = machine.program('setpriv')
  if (!setpriv) throw new CannotStart(refusesRoot)
  const ids = () => [machine.ask('id', '-u', 'postgres'), machine.ask('id', '-g', 'postgres')]
  let [uid, gid] = ids()
  if (!uid) {
    const useradd = machine.program('useradd')
    if (useradd) machine.ask(useradd, '--system', '--user-group', '--no-create-home', 'postgres')
    else machine.ask('adduser', '-S', '-D', '-H', 'postgres')
    ;[uid, gid] = ids()
  }
  if (!uid || !gid)
    throw new CannotStart(
      'Postgres refuses to run as root, and no user "postgres" could be made: run "useradd --system postgres", or set DATABASE_URL.',
    )
  const plain = [setpriv, `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
  const passing = ['dac_read_search', 'dac_override'].map((right) => [
    ...plain,
    `--inh-caps=+${right}`,
    `--ambient-caps=+${right}`,
  ])
  const works = (prefix: string[]) => {
    const [program = '', ...args] = prefix
    return spawnSync(program, [...args, 'sh', '-c', 'cd "$0"', dataDir.path], { cwd: '/' }).status === 0
  }
  const prefix = [plain, ...passing].find(works)
  if (!prefix)
    throw new CannotStart(
      `The user "postgres" may not enter ${dataDir.path}: set DATA_DIR to a folder that it may, such as /var/lib/landfast, or set DATABASE_URL.`,
    )
  return { prefix, plain, how: ', run as user postgres', uid: Number(uid), gid: Number(gid) }
}

/** The server where its user may run it: npm's lies in the checkout, which may be below a folder of root alone. */
export function runnableBy(as: User, input: { server: PostgresServer; own: string }): PostgresServer {
  const { server } = input
  if (as.plain.length === 0 || !runsFromCopy(server)) return server
  const copy = copyFor(as.plain, {
    source: dirname(server.bin),
    name: `postgres-${server.major}`,
    probe: 'bin/postgres',
    places: placesFor(input.own),
  })
  return { ...server, bin: join(copy, 'bin') }
}

/** Whether another user than ours could not run a server where it lies. */
export const runsFromCopy = (server: PostgresServer) =>
  server.embedded && !everybodyMayUse(dirname(server.bin))
