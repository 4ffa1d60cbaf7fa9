import { run } from './step.ts'
import type { Say } from './suite.ts'
import { nothing, type Tally } from './tally.ts'

const title = 'known weaknesses'

/** What came of asking: `notes` on packages with a weakness, or why nobody could be asked. */
export type Audit = Readonly<{ found: readonly string[] } | { unasked: string }>

type Advisory = Readonly<{ id: number | string; title: string; severity: string; url: string }>

/**
 * Reads what `bun audit --json` wrote: of each package its advisories, by name. Whatever else it wrote means that the
 * registry could not be asked, as without a network.
 */
export function readAudit(output: string): Audit {
  const start = output.indexOf('{')
  try {
    const byName = JSON.parse(output.slice(Math.max(start, 0))) as Record<string, readonly Advisory[]>
    const found = Object.entries(byName).flatMap(([name, advisories]) =>
      advisories
        .filter(({ severity }) => severity === 'high' || severity === 'critical')
        .map(({ severity, title, url }) => `${name}: ${severity}: ${title} (${url})`),
    )
    return { found }
  } catch {
    return { unasked: /error: (.*)/.exec(output)?.[1] ?? 'the registry gave no answer' }
  }
}

/** Asks the registry which packages have a grave weakness that is known. Without an answer it says so and goes on. */
export async function checkAdvisories(say: Say): Promise<Tally> {
  const { output, tookMs } = await run({
    command: [process.execPath, 'audit', '--json'],
    timeoutMs: 20_000,
  })
  const audit = readAudit(output)
  if ('unasked' in audit) {
    say(`...     ${title} were not looked for: ${audit.unasked}`)
    return nothing
  }
  const seconds = `${(tookMs / 1000).toFixed(1)} s`
  for (const line of audit.found) say(`        ${line}`)
  say([audit.found.length === 0 ? 'ok    ' : 'FAILED', title, seconds].join('  '))
  if (audit.found.length === 0) return { ...nothing, passed: 1 }
  return { ...nothing, failed: 1, notes: audit.found.map((line) => `failed: ${title}: ${line}`) }
}
