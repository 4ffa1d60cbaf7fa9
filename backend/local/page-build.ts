import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Whether the built page is missing or older than one of its sources. */
export function pageIsStale(root: string): boolean {
  const frontend = join(root, 'frontend')
  const builtAtMs = changedAtMs(join(frontend, 'dist', 'index.html'))
  if (builtAtMs === 0) return true
  const sources = readdirSync(frontend, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.startsWith(join(frontend, 'dist')))
    .map((entry) => join(entry.parentPath, entry.name))
  return [...sources, join(root, 'bun.lock')].some((file) => changedAtMs(file) > builtAtMs)
}

function changedAtMs(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
