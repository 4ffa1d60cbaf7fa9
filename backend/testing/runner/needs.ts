import type { ServiceName } from '../../local/service.ts'
import type { ProgramName } from '../stage/programs.ts'

/** What a test may need beside itself. */
export type Part = ServiceName | ProgramName | 'chromium'

// Every file of these folders needs servers; what else, its row says. A file gets only what is declared here.
const always: readonly Part[] = ['postgres', 'redis']
const folders: Readonly<Record<string, readonly Part[]>> = {
  engines: always,
  line: always,
  faults: always,
  browser: [...always, 'chromium'],
}
const also: Readonly<Record<string, readonly Part[]>> = {
  'engines/drops': ['s3'],
  'engines/erasure': ['mongo'],
  'engines/exports': ['s3'],
  'engines/lead-archive': ['s3'],
  'engines/media': ['s3'],
  'engines/request-archive': ['mongo', 's3'],
  'engines/request-log': ['mongo'],
  'line/alerts': ['prometheus', 'prometheus-alertmanager'],
  'line/edge': ['nginx'],
  'line/edge-clients': ['nginx'],
  'line/edge-corpus': ['nginx'],
  'line/edge-media': ['nginx', 's3'],
  'line/failures': ['nginx'],
  'line/canary': ['mongo'],
  'line/front': ['nginx'],
  'line/health': ['mongo', 's3'],
  'line/media-keys': ['s3'],
  'line/page': ['nginx'],
  'line/pooler': ['pgbouncer'],
  'line/shards': ['pg_dump'],
  'line/submissions': ['mongo'],
  'faults/backup': ['pg_dump', 's3'],
  'faults/clock': ['faketime'],
  'faults/neighbours': ['mongo', 's3'],
  'faults/postgres-pair': ['pg_dump', 'pgbouncer'],
  'faults/replica': ['pg_dump'],
  'browser/ahead': ['nginx'],
  'browser/media': ['s3'],
}

// They look at the keys of a Redis that phones are not divided in, speak to it in the place of a line, or count what is said of it.
const withOneShard: readonly string[] = [
  ...[
    'crash-points',
    'fsync',
    'ids',
    'put-back',
    'redis-rights',
    'shipped-redis',
    'whose-store',
    'worker',
  ].map((name) => `faults/${name}`),
]

const testing = 'backend/testing/'
const nameOf = (file: string) => file.slice(testing.length).replace(/\.test\.tsx?$/, '')

// They have a pooler of their own or users whom none knows, follow Postgres as a replica does, or speak TLS to it.
const withoutPooler: readonly string[] = [
  'engines/roles',
  'faults/postgres-pair',
  'faults/replica',
  'faults/way-to-stores',
  'line/pooler',
]

/** Whether a test file runs on servers: its folder says so. */
export function isServed(file: string): boolean {
  return file.startsWith(testing) && nameOf(file).split('/', 1)[0]! in folders
}

/** The environment of a run, which may name what its lines have otherwise than most users. */
export type Ways = Readonly<Record<string, string | undefined>>

/** Which servers and programs a test file needs. None: it runs alone. */
export function needsOf(file: string, ways: Ways = {}): readonly Part[] {
  if (!isServed(file)) return []
  const name = nameOf(file)
  const parts = [...folders[name.split('/', 1)[0]!]!, ...(also[name] ?? [])]
  return ways.LINE_POOLED && !parts.includes('pgbouncer') ? [...parts, 'pgbouncer'] : parts
}

/** Whether a test file starts an API that serves the page. */
export function needsPage(file: string): boolean {
  return isServed(file) && !nameOf(file).startsWith('engines/')
}

/** Why a test file does not run where every line has this; undefined where it does. */
export function notThatWay(file: string, { LINE_SHARDS, LINE_POOLED }: Ways): string | undefined {
  const name = nameOf(file)
  if (LINE_SHARDS && LINE_SHARDS !== '1' && withOneShard.includes(name))
    return 'it looks at the keys of one shard'
  if (LINE_POOLED && withoutPooler.includes(name)) return 'it comes to Postgres itself'
  return undefined
}

/** The files that have a row of their own, as paths. */
export const declared: readonly string[] = [...Object.keys(also), ...withOneShard, ...withoutPooler].map(
  (name) => `${testing}${name}.test.ts`,
)

// What the first run waits for: a package, a build of a minute, a build of several.
const waits: Readonly<Partial<Record<Part, number>>> = {
  nginx: 1,
  faketime: 1,
  pgbouncer: 1,
  pg_dump: 1,
  prometheus: 1,
  'prometheus-alertmanager': 1,
  chromium: 1,
  mongo: 2,
  s3: 4,
}

/**
 * Files in the order in which they are taken as soon as all that they need is there: those first that wait longest, for the
 * others have begun meanwhile; and the engines last, which take seconds each, so that all lanes end together.
 */
export function inOrder(files: readonly string[]): string[] {
  const wait = (file: string) => Math.max(...needsOf(file).map((part) => waits[part] ?? 0))
  return files.toSorted(
    (a, b) => wait(b) - wait(a) || Number(needsPage(b)) - Number(needsPage(a)) || a.localeCompare(b),
  )
}

/**
 * Which of those that could begin is next, beside those that are running. A browser works where others wait, so two run at a
 * time only when nothing else is left.
 */
export function nextOf(ready: readonly string[], running: Iterable<string>): string | undefined {
  const hasBrowser = (file: string) => needsOf(file).includes('chromium')
  const isBusy = [...running].some(hasBrowser)
  return ready.find((file) => !(isBusy && hasBrowser(file))) ?? ready[0]
}
