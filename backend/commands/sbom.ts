import { mkdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import packageJson from '../../package.json' with { type: 'json' }
import { CommandFault, runCommand } from './command.ts'
import { type Package, packagesOf } from './packages.ts'

const usage = `
Usage: bun run sbom [--out FILE] [--all]

Writes the bill of materials as CycloneDX JSON, by default to sbom.cdx.json: every package that runs in the API or the worker
or is part of the page, with version, licence and checksum; with --all also those that only build and test. Needs no service.`

const root = join(import.meta.dir, '../..')

/** The bill of materials of these packages, in CycloneDX 1.6. */
export function billOf(packages: ReadonlyMap<string, Package>, made: Date): object {
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${crypto.randomUUID()}`,
    version: 1,
    metadata: {
      timestamp: made.toISOString(),
      component: {
        type: 'application',
        'bom-ref': packageJson.name,
        name: packageJson.name,
        version: packageJson.version,
        licenses: [{ license: { id: packageJson.license } }],
      },
    },
    components: [...packages].map(([id, each]) => ({
      type: 'library',
      'bom-ref': id,
      name: each.name,
      version: each.version,
      scope: each.ships ? 'required' : 'excluded',
      purl: `pkg:npm/${each.name.replace('@', '%40')}@${each.version}`,
      ...(each.licence && { licenses: [licenceOf(each.licence)] }),
      ...(each.integrity?.startsWith('sha512-') && {
        hashes: [{ alg: 'SHA-512', content: Buffer.from(each.integrity.slice(7), 'base64').toString('hex') }],
      }),
    })),
    dependencies: [...packages].map(([id, { needs }]) => ({
      ref: id,
      dependsOn: needs.filter((needed) => packages.has(needed)),
    })),
  }
}

const licenceOf = (licence: string) =>
  /^[A-Za-z0-9.-]+$/.test(licence) ? { license: { name: licence } } : { expression: licence }

if (import.meta.main)
  await runCommand(usage, process.argv.slice(2), async () => {
    const { out, all } = options(process.argv.slice(2))
    const packages = new Map([...packagesOf(root)].filter(([, { ships }]) => all || ships))
    await mkdir(dirname(out), { recursive: true })
    await Bun.write(out, `${JSON.stringify(billOf(packages, new Date()), null, 2)}\n`)
    console.log(`Wrote ${packages.size} packages to ${out}.`)
  })

function options(args: string[]): { out: string; all: boolean } {
  try {
    const { values } = parseArgs({ args, options: { out: { type: 'string' }, all: { type: 'boolean' } } })
    return { out: resolve(values.out ?? 'sbom.cdx.json'), all: values.all ?? false }
  } catch {
    throw new CommandFault(usage.trim())
  }
}
