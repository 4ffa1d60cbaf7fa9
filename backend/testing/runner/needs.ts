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
  'engines/lead-archive': ['s3'],
  'engines/media': ['s3'],
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
  'line/submissions': ['mongo'],
  'faults/backup': ['pg_dump'],
  'faults/clock': ['faketime'],
  'faults/neighbours': ['mongo', 's3'],
  'faults/replica': ['pg_dump'],
  'browser/ahead': ['nginx'],
  'browser/media': ['s3'],
}

const testing = 'backend/testing/'
const nameOf = (file: string) => file.slice(testing.length).replace(/\.test\.tsx?$/, '')

/** Whether a test file runs on servers: its folder says so. */
export function isServed(file: string): boolean {
  return file.startsWith(testing) && nameOf(file).split('/', 1)[0]! in folders
}

/** Which servers and programs a test file needs. None: it runs alone. */
export function needsOf(file: string): readonly Part[] {
  if (!isServed(file)) return []
  const name = nameOf(file)
  return [...folders[name.split('/', 1)[0]!]!, ...(also[name] ?? [])]
}

/** The files that have a row of their own, as paths. */
export const declared: readonly string[] = Object.keys(also).map((name) => `${testing}${name}.test.ts`)

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

/** Files in the order that waits least: those first whose parts are there at once. */
export function inOrder(files: readonly string[]): string[] {
  const wait = (file: string) => needsOf(file).reduce((sum, part) => sum + (waits[part] ?? 0), 0)
  return files.toSorted((a, b) => wait(a) - wait(b) || a.localeCompare(b))
}
