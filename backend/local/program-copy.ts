import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { CannotStart } from './cannot-start.ts'
import { removeOldDrafts } from './install.ts'

const unusedForMs = 14 * 86_400_000

/** Where copies of programs may lie, the best first; `own` is a folder of ours that may be as closed as the checkout. */
export const placesFor = (own: string): readonly string[] => [
  '/var/cache/landfast',
  '/var/lib/landfast',
  '/opt/landfast',
  own,
  '/tmp/landfast-programs',
]

/** Whether every user of the machine may reach and run a program, as far as its permission bits tell. */
export function everybodyMayRun(program: string): boolean {
  try {
    const real = realpathSync(program)
    return (statSync(real).mode & 0o005) === 0o005 && everybodyMayEnter(dirname(real))
  } catch {
    return false
  }
}

/** Whether every user of the machine may read and run all that is in a folder. */
export function everybodyMayUse(folder: string): boolean {
  return (
    everybodyMayEnter(realpathSync(folder)) &&
    contentOf(folder).every(({ kind, mode }) => {
      const needed = kind === 'file' ? 0o004 : 0o005
      return kind === 'link' || (mode & needed) === needed
    })
  )
}

function everybodyMayEnter(folder: string): boolean {
  const open = (statSync(folder).mode & 0o001) !== 0
  return open && (dirname(folder) === folder || everybodyMayEnter(dirname(folder)))
}

/**
 * A copy of a folder of programs that another user may run: everybody may enter it, and its disk allows programs.
 * It is made once for each content and found again by later starts, from whatever checkout. `user` are the words
 * that run a command as that user, `probe` is a program of the folder that has to answer them.
 * @throws CannotStart with one sentence when there is no such place.
 */
export function copyFor(
  user: readonly string[],
  input: { source: string; name: string; probe: string; places: readonly string[] },
): string {
  const wanted = fingerprint(input.source)
  const name = `${input.name}-${wanted}`
  const failures: string[] = []
  for (const place of input.places)
    try {
      claimPlace(place)
      const copy = join(place, name)
      if (fingerprint(copy) !== wanted) makeCopy(input.source, copy, wanted)
      utimesSync(copy, new Date(), new Date())
      removeUnused(place, input.name)
      const failure = failureOf(user, join(copy, input.probe))
      if (failure === undefined) return copy
      rmSync(copy, { recursive: true, force: true })
      failures.push(`${place}: ${failure}`)
    } catch (error) {
      failures.push(`${place}: ${(error as Error).message}`)
    }
  throw new CannotStart(
    `Postgres refuses to run as root, and there is no folder from which another user may run it (${failures.join('; ')}): ` +
      'move the project to a folder that everybody may enter, such as /srv, or set DATABASE_URL.',
  )
}

// Whoever may write there could have us run a program of theirs.
function claimPlace(place: string): void {
  if (!statSync(place, { throwIfNoEntry: false })) {
    mkdirSync(place, { recursive: true })
    chmodSync(place, 0o755)
  }
  const { uid, mode } = lstatSync(place)
  if (!lstatSync(place).isDirectory() || uid !== process.getuid?.() || (mode & 0o022) !== 0)
    throw new Error('somebody else may write there')
  if (!everybodyMayEnter(place)) throw new Error('not everybody may enter')
}

// A copy gets its name when it is whole, and of two starts at once the one that comes later takes the other's.
function makeCopy(source: string, copy: string, wanted: string): void {
  removeOldDrafts(copy)
  const draft = mkdtempSync(`${copy}.`)
  try {
    cpSync(source, draft, { recursive: true, verbatimSymlinks: true })
    chmodSync(draft, 0o755)
    for (const { path, kind, mode } of contentOf(draft)) {
      if (kind === 'folder') chmodSync(join(draft, path), 0o755)
      if (kind === 'file') chmodSync(join(draft, path), mode & 0o100 ? 0o755 : 0o644)
    }
    try {
      renameSync(draft, copy)
    } catch {
      if (fingerprint(copy) === wanted) return
      rmSync(copy, { recursive: true, force: true })
      renameSync(draft, copy)
    }
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

// Of versions that no checkout has any more. One that runs is in use however long ago it was started.
function removeUnused(place: string, prefix: string): void {
  const isOld = (path: string) => Date.now() - statSync(path).mtimeMs > unusedForMs
  for (const name of readdirSync(place)) {
    const path = join(place, name)
    if (name.startsWith(`${prefix}-`) && isOld(path) && !runsFrom(path))
      rmSync(path, { recursive: true, force: true })
  }
}

function runsFrom(folder: string): boolean {
  return readdirSync('/proc').some((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/exe`).startsWith(`${folder}/`)
    } catch {
      return false
    }
  })
}

function failureOf(user: readonly string[], program: string): string | undefined {
  const [first = '', ...rest] = [...user, program, '--version']
  const { status, stderr, error } = spawnSync(first, rest, { encoding: 'utf8', cwd: '/' })
  return status === 0 ? undefined : stderr?.trim() || error?.message || `${program} ended with code ${status}`
}

type Entry = Readonly<{ path: string; kind: 'file' | 'folder' | 'link'; mode: number }>

function contentOf(folder: string): Entry[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((path) => {
      const found = lstatSync(join(folder, path))
      const kind = found.isSymbolicLink() ? 'link' : found.isDirectory() ? 'folder' : 'file'
      return { path, kind, mode: found.mode }
    })
}

/** What the files and links of a folder hold, whoever may read them; an empty text when there is no such folder. */
function fingerprint(folder: string): string {
  if (!statSync(folder, { throwIfNoEntry: false })) return ''
  const hash = new Bun.CryptoHasher('sha256')
  for (const { path, kind } of contentOf(folder)) {
    hash.update(`${kind} ${path}\0`)
    if (kind === 'file') hash.update(readFileSync(join(folder, path)))
    if (kind === 'link') hash.update(readlinkSync(join(folder, path)))
  }
  return hash.digest('hex').slice(0, 16)
}
