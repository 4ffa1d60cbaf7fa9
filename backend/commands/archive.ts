import { parseArgs } from 'node:util'
import { archiveMonth, archiveOldMonths, archivesIn, restoreMonth } from './backup/archive.ts'
import { sourceOf } from './backup/source.ts'
import { CommandFault, runCommand } from './command.ts'

const usage = `
Usage: bun run leads:archive MONTH             write the leads of a month such as 2026-08, encrypted, into the bucket of copies
       bun run leads:archive MONTH --drop      and take them out of Postgres, once they were read back from there
       bun run leads:archive MONTH --restore   put them back, but for people who were erased since
       bun run leads:archive --due             do the second to each month that is as old as LEAD_ARCHIVE_DAYS says
       bun run leads:archive --list            list the months that were archived
\`bun run backup --every\` does what --due does after each backup.
Reads BACKUP_KEY, BACKUP_COPY_* and the other settings from the environment or .env.`

await runCommand(usage, process.argv.slice(2), async () => {
  const { values, positionals } = read(process.argv.slice(2))
  const [month, ...more] = positionals
  const asked = Object.keys(values).length
  const source = sourceOf(process.env)
  if (values.list && asked === 1 && month === undefined) {
    const months = await archivesIn(source)
    console.log(months.length > 0 ? months.join('\n') : 'No month was archived yet.')
    return
  }
  if (values.due && asked === 1 && month === undefined) return archiveOldMonths(source)
  if (asked > 1 || values.list || values.due || month === undefined || more.length > 0)
    throw new CommandFault(usage.trim())
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) throw new CommandFault('Name a month such as 2026-08.')
  await (values.restore ? restoreMonth(source, month) : archiveMonth(source, month, values.drop === true))
})

function read(args: string[]) {
  try {
    const flag = { type: 'boolean' } as const
    return parseArgs({
      args,
      allowPositionals: true,
      options: { drop: flag, restore: flag, list: flag, due: flag },
    })
  } catch {
    throw new CommandFault(usage.trim())
  }
}
