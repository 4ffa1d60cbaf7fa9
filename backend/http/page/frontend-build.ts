import { createHash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** One file of the build. `path` is relative to it, with forward slashes: `assets/index-3f9a.js`. */
export type BuiltFile = Readonly<{ path: string; sizeBytes: number; modifiedMs: number; changedMs: number }>

/** The files of a build at one moment. `fingerprint` changes when any of them does. */
export type BuildListing = Readonly<{
  files: readonly BuiltFile[]
  fingerprint: string
  newestModifiedMs: number
}>

/** Lists the build in `dir`, or returns undefined where there is none (no `index.html`). */
export async function listBuild(dir: string): Promise<BuildListing | undefined> {
  const entries = await readdir(dir, { withFileTypes: true, recursive: true }).catch(absentAsUndefined)
  if (!entries?.some((entry) => entry.name === 'index.html' && entry.parentPath === dir)) return undefined
  const files: BuiltFile[] = []
  for (const entry of entries) {
    if (!entry.isFile() || entry.name.startsWith('.')) continue
    const full = join(entry.parentPath, entry.name)
    // Builds in images may all carry one modification time; the change time cannot be set.
    const { size, mtimeMs, ctimeMs } = await stat(full)
    const path = full.slice(dir.length + 1).replaceAll('\\', '/')
    files.push({ path, sizeBytes: size, modifiedMs: mtimeMs, changedMs: ctimeMs })
  }
  files.sort((a, b) => (a.path < b.path ? -1 : 1))
  return {
    files,
    fingerprint: createHash('sha256').update(JSON.stringify(files)).digest('hex'),
    newestModifiedMs: Math.max(...files.map((file) => file.modifiedMs)),
  }
}

function absentAsUndefined(error: unknown): undefined {
  if ((error as { code?: unknown }).code !== 'ENOENT') throw error
  return undefined
}
