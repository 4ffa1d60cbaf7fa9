import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { createFileBucket } from '../../minio/files.ts'
import { connectPatiently } from '../../postgres/copies.ts'
import {
  type ArchivedRow,
  archivedTables,
  dropMonth,
  type MonthFigures,
  monthsOf,
  putMonthBack,
  readMonth,
} from '../../postgres/lead-archive.ts'
import { CommandFault } from '../command.ts'
import type { Source } from './make.ts'
import { seal, sha256Of, signatureOf, unseal } from './sealed.ts'

type About = Readonly<{ month: string; madeAt: string; sha256: string; figures: MonthFigures }>

const dayMs = 86_400_000
// Nobody is called for a lead that is older, and its claim outlives the window by a week.
const leastDays = 31
const claimsKeptDays = 7
const folderOf = ({ backup }: Source) => join(backup.folder, 'archives')
const filesOf = (month: string) => ({ rows: `leads-${month}.ndjson.enc`, about: `leads-${month}.json` })
const signed = (about: About, key: string) =>
  `${JSON.stringify({ ...about, signature: signatureOf(key, JSON.stringify(about)) })}\n`

function bucketOf({ backup }: Source) {
  if (!backup.copy)
    throw new CommandFault(
      'Set BACKUP_COPY_ENDPOINT and the three beside it: a month goes into an archive of its own only where that lies in two places.',
    )
  return createFileBucket(backup.copy)
}

/** When a month is over, in milliseconds since 1970. */
const endOf = (month: string) => Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 1)

/** Months that were archived, in the bucket. */
export async function archivesIn(source: Source): Promise<string[]> {
  const keys = await bucketOf(source).list('archives/')
  return keys.flatMap((key) => /^archives\/leads-(\d{4}-\d\d)\.json$/.exec(key)?.[1] ?? []).toSorted()
}

/** Writes a month into an archive and reads that back from where it lies; `drop` takes it out of Postgres then. */
export async function archiveMonth(source: Source, month: string, drop: boolean): Promise<void> {
  const { backup, config, say } = source
  const bucket = bucketOf(source)
  const oldMs = Math.max(leastDays, config.dedupWindowMs / dayMs + claimsKeptDays) * dayMs
  if (endOf(month) > Date.now() - oldMs)
    throw new CommandFault(
      `${month} ended less than ${Math.ceil(oldMs / dayMs)} days ago: its leads are still called, or claimed.`,
    )
  const db = connectPatiently(config.migrateDatabaseUrl)
  const folder = folderOf(source)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const draft = mkdtempSync(join(folder, '.draft-'))
  const files = filesOf(month)
  try {
    if (!(await monthsOf(db)).includes(month)) throw new CommandFault(`Postgres has no leads of ${month}.`)
    const about = await readMonth(db, month, async (rows, figures) => {
      const { sha256 } = await seal(() => Readable.from(linesOf(rows)), backup.key, join(draft, files.rows))
      return { month, madeAt: new Date().toISOString(), sha256, figures }
    })
    writeFileSync(join(draft, files.about), signed(about, backup.key), { mode: 0o600 })
    for (const file of [files.rows, files.about]) await bucket.write(`archives/${file}`, join(draft, file))
    const back = join(draft, 'back')
    await bucket.read(`archives/${files.rows}`, back)
    await verify(back, about, backup.key)
    for (const file of [files.rows, files.about]) renameSync(join(draft, file), join(folder, file))
    const { leads } = about.figures
    say(`Archived ${month}: ${leads.rows} leads, read back from the bucket.`)
    if (!drop) return
    if (!(await dropMonth(db, month, about.figures)))
      throw new CommandFault(`${month} has changed while it was archived, and stays: run it once more.`)
    say(`Dropped ${month} from Postgres.`)
  } finally {
    rmSync(draft, { recursive: true, force: true })
    await db.destroy()
  }
}

/** Puts an archived month back, as it was, without those who were erased since. */
export async function restoreMonth(source: Source, month: string): Promise<void> {
  const { backup, config, say } = source
  const folder = folderOf(source)
  const files = filesOf(month)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const file of [files.about, files.rows])
    if (!existsSync(join(folder, file)))
      await bucketOf(source)
        .read(`archives/${file}`, join(folder, file))
        .catch(() => {
          throw new CommandFault(
            `There is no archive of ${month}: \`bun run leads:archive --list\` lists them.`,
          )
        })
  const { signature, ...about } = JSON.parse(readFileSync(join(folder, files.about), 'utf8')) as About & {
    signature: string
  }
  if (signature !== signatureOf(backup.key, JSON.stringify(about)))
    throw new CommandFault(`The archive of ${month} was made with another BACKUP_KEY, or was changed since.`)
  await verify(join(folder, files.rows), about, backup.key)
  const db = connectPatiently(config.migrateDatabaseUrl)
  try {
    let done = { leads: 0, erased: 0 }
    await unseal(join(folder, files.rows), backup.key, async (plain) => {
      done = await putMonthBack(db, month, rowsIn(plain))
    })
    say(`${done.leads} leads of ${month} are back; ${done.erased} were left out, for they were erased since.`)
  } finally {
    await db.destroy()
  }
}

/**
 * Archives and drops every month that ended so many days ago and has no archive yet: one that was put back stays. Archives go
 * when their leads would have.
 */
export async function archiveOldMonths(source: Source): Promise<void> {
  const { leadArchiveDays: days, leadRetentionDays } = source.config
  if (source.backup.copy && leadRetentionDays > 0)
    for (const month of await archivesIn(source))
      if (endOf(month) < Date.now() - leadRetentionDays * dayMs) await removeArchive(source, month)
  if (days === 0) return
  const db = connectPatiently(source.config.migrateDatabaseUrl)
  const months = await monthsOf(db).finally(() => db.destroy())
  const archived = new Set(await archivesIn(source))
  for (const month of months)
    if (endOf(month) < Date.now() - days * dayMs && !archived.has(month))
      await archiveMonth(source, month, true)
}

async function removeArchive(source: Source, month: string): Promise<void> {
  const files = Object.values(filesOf(month))
  await bucketOf(source).remove(files.map((file) => `archives/${file}`))
  for (const file of files) rmSync(join(folderOf(source), file), { force: true })
  source.say(`The archive of ${month} is gone, as its leads would be.`)
}

/** @throws CommandFault where a file does not hold what was archived. */
async function verify(path: string, about: About, key: string): Promise<void> {
  const counts = new Map<string, number>()
  if ((await sha256Of(path)) === about.sha256)
    await unseal(path, key, async (plain) => {
      for await (const [table] of rowsIn(plain)) counts.set(table, (counts.get(table) ?? 0) + 1)
    })
  for (const table of archivedTables)
    if ((counts.get(table) ?? 0) !== about.figures[table].rows)
      throw new CommandFault(
        `The archive of ${about.month} does not hold what it should: nothing was changed.`,
      )
}

async function* linesOf(rows: AsyncIterable<ArchivedRow>): AsyncIterable<string> {
  for await (const row of rows) yield `${JSON.stringify(row)}\n`
}

async function* rowsIn(plain: AsyncIterable<Buffer>): AsyncIterable<ArchivedRow> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of plain) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop()!
    for (const line of lines) yield JSON.parse(line) as ArchivedRow
  }
}
