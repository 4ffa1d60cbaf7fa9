import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A package of the lock file. */
export type Package = Readonly<{
  name: string
  version: string
  /** As its own package.json has it, an SPDX expression as a rule. Undefined where it says none. */
  licence: string | undefined
  /** Absent on this machine: it is for another platform. */
  isInstalled: boolean
  /** Runs in the API or the worker, or is part of the page; all others only build and test. */
  ships: boolean
  /** The checksum of its archive, such as `sha512-…`. */
  integrity: string | undefined
  /** The ids, such as `pg@8.23.1`, of what it needs itself. */
  needs: readonly string[]
}>

type Needs = Readonly<Record<string, string>>
type LockedPackage = readonly [
  id: string,
  registry: string,
  needs: Readonly<{
    dependencies?: Needs
    optionalDependencies?: Needs
    peerDependencies?: Needs
    optionalPeers?: readonly string[]
  }>,
  integrity?: string,
]
type Lock = Readonly<{
  workspaces: Readonly<Record<'', Readonly<{ dependencies: Needs; devDependencies: Needs }>>>
  packages: Readonly<Record<string, LockedPackage>>
}>

// Some name these as a peer; the image is built without them, for nothing reads them when it runs.
const onlyTypes = /^(?:typescript$|@types\/|bun-types$)/
// Bundled into the page, though they are needed only to build it.
const inThePage = ['react', 'react-dom', 'lucide-react', 'web-vitals']

/** Every package that the lock file names, by its id. */
export function packagesOf(root: string): ReadonlyMap<string, Package> {
  const lock = Bun.JSONC.parse(readFileSync(join(root, 'bun.lock'), 'utf8')) as Lock
  const needsOf = (place: string): string[] => {
    const [, , needs] = lock.packages[place]!
    const names = { ...needs.dependencies, ...needs.optionalDependencies, ...needs.peerDependencies }
    return Object.keys(names)
      .filter((name) => !needs.optionalPeers?.includes(name) && !onlyTypes.test(name))
      .flatMap((name) => placeOf(lock, place, name) ?? [])
  }
  const shipped = new Set([...Object.keys(lock.workspaces[''].dependencies), ...inThePage])
  for (const place of shipped) for (const needed of needsOf(place)) shipped.add(needed)

  const packages = new Map<string, Package>()
  for (const [place, [id, , , integrity]] of Object.entries(lock.packages)) {
    const at = id.lastIndexOf('@')
    const file = join(root, 'node_modules', namesIn(place).join('/node_modules/'), 'package.json')
    const isInstalled = existsSync(file)
    packages.set(id, {
      name: id.slice(0, at),
      version: id.slice(at + 1),
      licence: isInstalled ? licenceIn(JSON.parse(readFileSync(file, 'utf8'))) : undefined,
      isInstalled,
      ships: shipped.has(place) || (packages.get(id)?.ships ?? false),
      integrity,
      needs: needsOf(place).map((needed) => lock.packages[needed]![0]),
    })
  }
  return packages
}

/** Where the package `name` lies that the one at `place` finds: as near to it as there is one. */
function placeOf(lock: Lock, place: string, name: string): string | undefined {
  const names = namesIn(place)
  for (let depth = names.length; depth >= 0; depth--) {
    const near = [...names.slice(0, depth), name].join('/')
    if (Object.hasOwn(lock.packages, near)) return near
  }
  return undefined
}

/** The names in a place such as `node-fetch/@scope/name`. */
function namesIn(place: string): readonly string[] {
  return place.match(/(?:@[^/]+\/)?[^/]+/g) ?? []
}

function licenceIn({ license, licenses }: { license?: unknown; licenses?: unknown }): string | undefined {
  if (typeof license === 'string') return license
  const [first] = Array.isArray(licenses) ? licenses : [license]
  const type = (first as { type?: unknown } | undefined)?.type
  return typeof type === 'string' ? type : undefined
}
