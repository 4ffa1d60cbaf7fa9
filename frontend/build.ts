import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'

// Vite reads these in the path of a file as signs of an address, and loses what stands behind them.
const signs = /[#%*?:]/
const leftOut = ['node_modules', '.git', '.data', 'frontend/dist']

const root = resolve(import.meta.dir, '..')
const args = process.argv.slice(2)
// In Bun, whatever Node there is or is not: two of them would give two builds.
process.argv = [process.argv[0]!, 'vite', 'build', '--config', 'frontend/vite.config.ts', ...args]
process.chdir(signs.test(root) ? copyElsewhere() : root)
await import(join(root, 'node_modules/vite/bin/vite.js'))

/** A copy of the sources at a path that Vite can read, gone when the build is done; what it builds goes where it belongs. */
function copyElsewhere(): string {
  const copy = mkdtempSync(join(signs.test(tmpdir()) ? '/tmp' : tmpdir(), 'landfast-build-'))
  process.on('exit', () => rmSync(copy, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))
  cpSync(root, copy, { recursive: true, filter: (path) => !leftOut.includes(relative(root, path)) })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  const { values } = parseArgs({
    args,
    options: { outDir: { type: 'string', default: 'dist' } },
    strict: false,
  })
  // Of two the last one counts.
  process.argv.push('--outDir', resolve(root, 'frontend', String(values.outDir)))
  const campaign = process.env.CAMPAIGN_DIR && resolve(process.env.CAMPAIGN_DIR)
  if (campaign?.startsWith(`${root}/`)) process.env.CAMPAIGN_DIR = join(copy, relative(root, campaign))
  return copy
}
