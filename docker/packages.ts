import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Of these packages the API serves files as they are, bundled by their makers, and runs nothing. */
export const served: Readonly<Record<string, readonly string[]>> = {
  redoc: ['bundles/redoc.standalone.js'],
  'swagger-ui-dist': ['swagger-ui.css', 'swagger-ui-bundle.js'],
}

type Manifest = Readonly<{
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
}>

/** Takes out of the `node_modules` of `root` whatever nothing that runs needs. */
export function leaveWhatRuns(root: string): void {
  const kept = new Set<string>()
  const keep = (folder: string) => {
    if (kept.has(folder)) return
    kept.add(folder)
    for (const name of neededBy(folder)) {
      const found = nearest(root, folder, name)
      if (found) keep(found)
    }
  }
  for (const name of neededBy(root)) {
    const folder = join(root, 'node_modules', name)
    if (name in served) kept.add(folder)
    else keep(folder)
  }
  for (const folder of packagesIn(join(root, 'node_modules')).reverse())
    if (!kept.has(folder)) rmSync(folder, { recursive: true })
  for (const [name, files] of Object.entries(served)) leaveFiles(join(root, 'node_modules', name), files)
}

function neededBy(folder: string): string[] {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
  const { dependencies, optionalDependencies, peerDependencies } = manifest
  return Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })
}

/** Where the package `name` lies that `folder` finds, if it is installed. */
function nearest(root: string, folder: string, name: string): string | undefined {
  for (let at = folder; at.startsWith(root); at = dirname(at)) {
    const candidate = join(at, 'node_modules', name)
    if (existsSync(join(candidate, 'package.json'))) return candidate
    if (at === root) break
  }
  return undefined
}

/** Every package below a `node_modules`, each before those within it. */
function packagesIn(modules: string): string[] {
  if (!existsSync(modules)) return []
  return readdirSync(modules)
    .flatMap((name) =>
      name.startsWith('@') ? readdirSync(join(modules, name)).map((each) => join(name, each)) : [name],
    )
    .map((name) => join(modules, name))
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .flatMap((folder) => [folder, ...packagesIn(join(folder, 'node_modules'))])
}

/** Leaves these files of a package, and what it says of itself and its licence. */
function leaveFiles(folder: string, files: readonly string[]): void {
  for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(file.parentPath, file.name)
    const inside = path.slice(folder.length + 1)
    if (file.isFile() && !files.includes(inside) && !/^(?:package\.json|licen[cs]e|notice)/i.test(inside))
      rmSync(path)
  }
}

if (import.meta.main) leaveWhatRuns(process.cwd())
