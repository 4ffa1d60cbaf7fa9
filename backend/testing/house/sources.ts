import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** The folder of the repository. */
export const root = resolve(import.meta.dir, '../../..')

/** The paths of our own files that match a pattern, from the root of the repository, in order. */
export function filesLike(...patterns: string[]): string[] {
  const found = patterns.flatMap((pattern) => [...new Bun.Glob(pattern).scanSync({ cwd: root })])
  return [...new Set(found)].filter((path) => !/(^|\/)(node_modules|dist)\//.test(path)).sort()
}

/** The text of a file of the repository. */
export function textOf(path: string): string {
  return readFileSync(resolve(root, path), 'utf8')
}

/** The rooms that tell the story: no I/O in them, only what the product does. */
export const domainRooms = [
  'leads',
  'page',
  'media',
  'experiments',
  'flags',
  'live',
  'events',
  'operators',
  'desk',
  'limits',
  'deliveries',
  'words',
  'statistics',
].map((name) => `backend/${name}/`)
