import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { settings } from '../../config.ts'
import { tallyOf } from './junit.ts'
import { type Command, run } from './step.ts'
import { inWords, nothing, sum, type Tally } from './tally.ts'

/** Where lines for people go. */
export type Say = (line: string) => void

/** Runs a command as one test: a line when it passes, its output when it does not. */
export async function runStep(
  say: Say,
  input: Readonly<{
    title: string
    /** The command that mends what it finds. */
    mendedBy?: string
  }> &
    Omit<Command, 'timeoutMs' | 'onWait'> &
    Partial<Pick<Command, 'timeoutMs'>>,
): Promise<Tally> {
  const ended = await run({ timeoutMs: 120_000, onWait: stillRuns(say, input.title), ...input })
  const ok = ended.exitCode === 0
  report(say, { title: input.title, ok, words: '', ...ended })
  if (ok) return { ...nothing, passed: 1 }
  const advice = input.mendedBy ? `. Run: ${input.mendedBy}` : ''
  const note = `failed: ${input.title}: ended with code ${ended.exitCode}${advice}`
  return { ...nothing, failed: 1, notes: [note] }
}

/** Runs test files in one `bun test` and counts what its report holds. A file that tells nothing has failed. */
export async function runTests(
  say: Say,
  input: {
    title: string
    files: readonly string[]
    env?: Readonly<Record<string, string | undefined>>
    /** Of one test that sets no limit of its own. */
    testTimeoutMs: number
    timeoutMs: number
    options?: readonly string[]
  },
): Promise<Tally> {
  if (input.files.length === 0) return nothing
  const folder = mkdtempSync(join(tmpdir(), 'landfast-report-'))
  const path = join(folder, 'junit.xml')
  try {
    const ended = await run({
      command: [
        ...[process.execPath, '--no-env-file', 'test', '--only-failures', `--timeout=${input.testTimeoutMs}`],
        ...['--reporter=junit', `--reporter-outfile=${path}`, ...(input.options ?? [])],
        ...input.files.map((file) => `./${file}`),
      ],
      env: input.env ?? testEnvironment(process.env),
      timeoutMs: input.timeoutMs,
      onWait: stillRuns(say, input.title),
    })
    const tally = tallyOf({ files: input.files, report: readReport(path), exitCode: ended.exitCode })
    report(say, { title: input.title, ok: tally.failed === 0, words: inWords(tally), ...ended })
    return tally
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The environment without our settings, so that no test depends on what this machine happens to have set. */
export function testEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  given: Readonly<Record<string, string>> = {},
): Record<string, string | undefined> {
  const ours = new Set(settings.flatMap(({ name }) => [name, `${name}_FILE`]))
  const others = Object.entries(env).filter(([name]) => !ours.has(name))
  return { ...Object.fromEntries(others), NO_COLOR: '1', ...given }
}

/** The lines at the end: what failed and what was skipped, then the counts alone on the last. */
export function closing(tallies: readonly Tally[]): { lines: readonly string[]; exitCode: number } {
  const all = sum(tallies)
  return {
    lines: [...(all.notes.length > 0 ? ['', ...all.notes] : []), '', inWords(all)],
    exitCode: all.failed > 0 ? 1 : 0,
  }
}

const stillRuns = (say: Say, title: string) => (seconds: number) =>
  say(`...     ${title}, ${seconds} s so far`)

function report(
  say: Say,
  result: { title: string; ok: boolean; words: string; output: string; tookMs: number },
): void {
  const seconds = `${(result.tookMs / 1000).toFixed(1)} s`
  if (!result.ok) say(result.output)
  say([result.ok ? 'ok    ' : 'FAILED', result.title, result.words, seconds].filter(Boolean).join('  '))
}

function readReport(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
