import { posix } from 'node:path'
import type { Tally } from './tally.ts'

/**
 * Counts a JUnit report of `bun test`, test by test. The report alone is not believed: a file that was to run and has no
 * test in it (it did not load, or ended the process) is a failure, and so is a bad exit without a failed test.
 */
export function tallyOf(input: { files: readonly string[]; report: string; exitCode: number }): Tally {
  const tests = testsIn(input.report)
  const failed = tests.filter(({ outcome }) => outcome === 'failed')
  const skipped = tests.filter(({ outcome }) => outcome === 'skipped')
  const silent = input.files.filter((file) => !tests.some((test) => test.file === posix.normalize(file)))
  const unexplained = input.exitCode !== 0 && failed.length + silent.length === 0
  return {
    passed: tests.length - failed.length - skipped.length,
    failed: failed.length + silent.length + (unexplained ? 1 : 0),
    skipped: skipped.length,
    notes: [
      ...failed.map(({ place, name }) => `failed: ${place}: ${name}`),
      ...silent.map((file) => `failed: ${file}: no test ran: it did not load, or ended early`),
      ...(unexplained ? [`failed: ${input.files.join(', ')}: ended with code ${input.exitCode}`] : []),
      ...skipped.map(({ place, name }) => `skipped: ${place}: ${name}: the file says so`),
    ],
  }
}

type Test = Readonly<{ file: string; place: string; name: string; outcome: 'passed' | 'failed' | 'skipped' }>

function testsIn(report: string): Test[] {
  return [...report.matchAll(/<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)].map(
    ([, attributes = '', body = '']) => {
      const file = posix.normalize(attribute(attributes, 'file'))
      const line = attribute(attributes, 'line')
      return {
        file,
        place: line ? `${file}:${line}` : file,
        name: attribute(attributes, 'name').replace(/\s+/g, ' '),
        outcome: /<(?:failure|error)\b/.test(body)
          ? 'failed'
          : body.includes('<skipped')
            ? 'skipped'
            : 'passed',
      }
    },
  )
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }

function attribute(attributes: string, name: string): string {
  const raw = new RegExp(`\\s${name}="([^"]*)"`).exec(attributes)?.[1] ?? ''
  return raw.replace(/&(?:#(\d+)|(\w+));/g, (whole, code, word) =>
    code ? String.fromCodePoint(Number(code)) : (entities[word] ?? whole),
  )
}
