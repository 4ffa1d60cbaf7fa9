import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { sql } from 'kysely'
import { startServices } from '../local/services.ts'
import { reachOwnDirectly } from '../own-address.ts'
import { lineSecret } from '../testing/stage/line.ts'
import { operatorCommand } from '../testing/stage/operator-command.ts'
import { seededIn } from './desk/rows.ts'
import { setStage } from './stage.ts'

const usage = `Usage: bun run bench:recovery [--rows 1000000] [--data FOLDER] [--into FOLDER]

How long it takes to back up so many leads, and as many events, to try that backup out, and to put it back on a machine that has
nothing, all on servers of its own that are gone afterwards. --data has the rows in a folder, as \`bun run bench:desk --data\` left them
there or will find them. --into is where backup and new servers lie; it needs about three times what the rows take.`

const { values } = parseArgs({
  options: {
    ...{ rows: { type: 'string', default: '1000000' }, data: { type: 'string' } },
    ...{ into: { type: 'string', default: tmpdir() }, help: { type: 'boolean' } },
  },
})
const rows = Number(values.rows)
if (values.help || !(Number.isSafeInteger(rows) && rows > 0)) {
  console.log(usage)
  process.exit(values.help ? 0 : 1)
}

reachOwnDirectly(process.env)
const say = (line: string) => void process.stderr.write(`${line}\n`)
const folder = mkdtempSync(join(values.into, 'landfast-recovery-'))
const keys = {
  SECRET_KEY: lineSecret,
  BACKUP_KEY: new Bun.CryptoHasher('sha256').update(folder).digest('hex'),
  BACKUP_DIR: join(folder, 'backups'),
}
const ends: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]

/** Runs a command as an operator does, and says how many seconds it took. */
async function timed(
  words: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
): Promise<number> {
  const startedMs = performance.now()
  const { code, out, err } = await operatorCommand(words, { ...env, ...keys })
  say(out.trim())
  if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}: ${err}`)
  return (performance.now() - startedMs) / 1000
}

try {
  const stage = await setStage(['postgres', 'redis'], say, values.data && join(values.data, String(rows)))
  ends.push(stage.stop)
  await seededIn(stage, rows, say)
  const { rows: sizes } = await sql<{ mb: number }>`
    select round(pg_database_size(current_database()) / 1e6)::int as mb`.execute(stage.db)
  const from = { ...stage.services.env, BACKUP_REDIS_DIR: join(stage.folder, 'data/redis') }
  const backedUpS = await timed(['backup.ts'], from)
  const checkedS = await timed(['backup.ts', '--check', latest()], from)

  const elsewhere = await startServices({
    ...{ dataDir: join(folder, 'elsewhere'), only: ['postgres'], own: true },
  })
  ends.push(() => elsewhere.stop())
  const there = {
    ...elsewhere.env,
    REDIS_URL: 'redis://127.0.0.1:9',
    BACKUP_REDIS_DIR: join(folder, 'elsewhere/redis'),
  }
  const putBackS = await timed(['restore.ts', 'latest'], there)
  console.log(
    '| leads and events | in Postgres | backed up and tried out | read through again | put back where nothing was |',
  )
  console.log('|---:|---:|---:|---:|---:|')
  const [backedUp, checked, putBack] = [backedUpS, checkedS, putBackS].map(
    (seconds) => `${seconds.toFixed(0)} s`,
  )
  console.log(`| ${rows} | ${sizes[0]!.mb} MB | ${backedUp} | ${checked} | ${putBack} |`)
} finally {
  for (const end of ends.reverse()) await end()
}

function latest(): string {
  return new Bun.Glob('*/manifest.json').scanSync({ cwd: keys.BACKUP_DIR }).next().value!.split('/')[0]!
}
process.exit()
