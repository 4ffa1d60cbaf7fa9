import { join, relative, resolve } from 'node:path'
import type { Finding } from './finding.ts'

type Diagnostic = Readonly<{
  message: string
  category: string
  location: Readonly<{ path: string; start: Readonly<{ line: number }> }>
}>

const repository = join(import.meta.dir, '../../../..')

/** How the files of a campaign are written, as `verify` asks of every file: what it would find later is told now. */
export function writtenFindings(campaignDir: string): Finding[] {
  const options = ['--vcs-enabled=false', '--max-diagnostics=none', '--reporter=json']
  const { stdout, stderr } = Bun.spawnSync(
    [process.execPath, 'run', '--bun', 'biome', 'check', ...options, campaignDir],
    { cwd: repository },
  )
  return diagnosticsIn(stdout.toString() || stderr.toString()).map(({ message, category, location }) => {
    const path = relative(campaignDir, resolve(repository, location.path))
    return category.startsWith('lint')
      ? { level: 'must', where: `${path}:${location.start.line}`, what: message }
      : { level: 'must', where: path, what: 'Not in the format of the project. Run: bun run format' }
  })
}

function diagnosticsIn(report: string): readonly Diagnostic[] {
  const line = report.split('\n').find((each) => each.startsWith('{'))
  if (line === undefined) throw new Error(`biome says nothing that can be read: ${report}`)
  return (JSON.parse(line) as { diagnostics: readonly Diagnostic[] }).diagnostics
}
