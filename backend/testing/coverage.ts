import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { domainRooms, filesLike, textOf } from './sources.ts'
import { closing, runTests, type Say } from './suite.ts'
import { unitTests } from './verify.ts'

// The rooms without I/O have no excuse; what talks to engines is tested on engines.
const floorPercent = 90

type Covered = Readonly<{ file: string; lines: number; hit: number }>

/** The lines of each file in an lcov report. */
function readLcov(report: string): Covered[] {
  return report
    .split('end_of_record')
    .map((record) => ({
      file: /^SF:(.*)$/m.exec(record)?.[1] ?? '',
      lines: Number(/^LF:(\d+)$/m.exec(record)?.[1] ?? 0),
      hit: Number(/^LH:(\d+)$/m.exec(record)?.[1] ?? 0),
    }))
    .filter(({ file }) => file !== '')
}

/** A file that no test loads is in no report, and has none of its lines covered. */
function neverLoaded(file: string): Covered {
  const code = new Bun.Transpiler({ loader: 'ts' }).transformSync(textOf(file))
  return { file, lines: code.split('\n').filter((line) => /\w/.test(line)).length, hit: 0 }
}

const percent = ({ lines, hit }: Omit<Covered, 'file'>) => (lines === 0 ? 100 : (100 * hit) / lines)
const inWords = (each: Omit<Covered, 'file'>) => `${percent(each).toFixed(1).padStart(5)} %`

const say: Say = (line) => process.stdout.write(`${line}\n`)
const folder = mkdtempSync(join(tmpdir(), 'landfast-coverage-'))
try {
  const tally = await runTests(say, {
    title: 'unit tests',
    files: unitTests(),
    testTimeoutMs: 20_000,
    timeoutMs: 300_000,
    options: ['--coverage', '--coverage-reporter=lcov', `--coverage-dir=${folder}`],
  })
  const report = readLcov(readFileSync(join(folder, 'lcov.info'), 'utf8'))
  let low = 0
  for (const room of domainRooms) {
    const files = filesLike(`${room}**/*.ts`)
      .filter((file) => !/\.test\.ts$/.test(file))
      .map((file) => report.find((covered) => covered.file === file) ?? neverLoaded(file))
    if (files.length === 0) continue
    const all = {
      lines: files.reduce((sum, { lines }) => sum + lines, 0),
      hit: files.reduce((sum, { hit }) => sum + hit, 0),
    }
    if (percent(all) < floorPercent) low += 1
    say(`\n${inWords(all)}  ${room}  (at least ${floorPercent} %)`)
    for (const each of files) if (each.lines > 0) say(`${inWords(each)}    ${each.file.slice(room.length)}`)
  }
  const floor = {
    passed: 0,
    failed: low,
    skipped: 0,
    notes: low > 0 ? [`failed: ${low} of the domain rooms are below ${floorPercent} % of lines`] : [],
  }
  const { lines, exitCode } = closing([tally, floor])
  for (const line of lines) say(line)
  process.exitCode = exitCode
} finally {
  rmSync(folder, { recursive: true, force: true })
}
