import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { reachOwnDirectly } from '../../own-address.ts'
import { domainRooms, filesLike, textOf } from '../house/sources.ts'
import { closing, runTests, type Say } from './suite.ts'
import { nothing, type Tally } from './tally.ts'
import { unitTests } from './verify.ts'

// The rooms without I/O have no excuse; what talks to engines is tested on engines.
const floorPercent = 90

const usage = `bun run coverage

Runs the unit tests and shows how many lines of the domain rooms they reach. Ends with 1 when a room is below
${floorPercent} %, or a test failed.
`

type Lines = Readonly<{ all: number; reached: number }>

const say: Say = (line) => process.stdout.write(`${line}\n`)

async function measure(): Promise<void> {
  reachOwnDirectly(process.env)
  const folder = mkdtempSync(join(tmpdir(), 'landfast-coverage-'))
  try {
    const tests = await runTests(say, {
      title: 'unit tests',
      files: unitTests(),
      testTimeoutMs: 20_000,
      timeoutMs: 300_000,
      options: ['--coverage', '--coverage-reporter=lcov', `--coverage-dir=${folder}`],
    })
    const reached = readLcov(readFileSync(join(folder, 'lcov.info'), 'utf8'))
    const { lines, exitCode } = closing([tests, ...domainRooms.map((room) => judge(room, reached))])
    for (const line of lines) say(line)
    process.exitCode = exitCode
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Shows the table of a room; a room below the floor is a failure. */
function judge(room: string, reached: ReadonlyMap<string, Lines>): Tally {
  const files = filesLike(`${room}**/*.ts`).filter((file) => !file.endsWith('.test.ts'))
  const rows = files
    .map((file) => ({ file, ...(reached.get(file) ?? neverLoaded(file)) }))
    .filter(({ all }) => all > 0)
  if (rows.length === 0) return nothing

  const total = {
    all: rows.reduce((sum, { all }) => sum + all, 0),
    reached: rows.reduce((sum, row) => sum + row.reached, 0),
  }
  say(`\n${inWords(total)}  ${room}`)
  for (const row of rows) say(`${inWords(row)}    ${row.file.slice(room.length)}`)
  if (percent(total) >= floorPercent) return nothing
  return { ...nothing, failed: 1, notes: [`failed: ${room}: less than ${floorPercent} % of its lines`] }
}

/** The lines of each file in an lcov report. */
function readLcov(report: string): Map<string, Lines> {
  const number = (record: string, name: string) =>
    Number(new RegExp(`^${name}:(\\d+)$`, 'm').exec(record)?.[1])
  return new Map(
    report
      .split('end_of_record')
      .filter((record) => record.includes('SF:'))
      .map((record) => [
        /^SF:(.*)$/m.exec(record)![1]!,
        { all: number(record, 'LF'), reached: number(record, 'LH') },
      ]),
  )
}

/** A file that no test loads is in no report: none of its lines is reached. One of types alone has none. */
function neverLoaded(file: string): Lines {
  const code = new Bun.Transpiler({ loader: 'ts' }).transformSync(textOf(file))
  return { all: code.split('\n').filter((line) => /\w/.test(line)).length, reached: 0 }
}

const percent = ({ all, reached }: Lines) => (100 * reached) / all
const inWords = (lines: Lines) => `${percent(lines).toFixed(1).padStart(5)} %`

if (process.argv.includes('--help')) process.stdout.write(usage)
else await measure()
