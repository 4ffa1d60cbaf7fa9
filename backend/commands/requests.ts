import { archivedDays, archivedRequests } from '../desk/request-archive.ts'
import { createLog } from '../log.ts'
import { connectPostgres } from '../postgres/connection.ts'
import { requestArchiveIn } from '../wiring/request-archive.ts'
import { CommandFault, runCommand } from './command.ts'
import { settingsOf } from './settings.ts'

const usage = `
Usage: bun run requests:archived          list the days of the request log that are in its archive, with how many entries each has
       bun run requests:archived DAY      print the entries of a day such as 2026-08-31, a line of JSON each
The worker archives a day once half of REQUEST_LOG_TTL_DAYS has passed since, and keeps it for REQUEST_LOG_ARCHIVE_DAYS.
Reads SECRET_KEY, EXPORT_BUCKET and the other settings from the environment or .env, else those of \`bun run start\`.`

await runCommand(usage, process.argv.slice(2), async () => {
  const [day, ...more] = process.argv.slice(2)
  if (more.length > 0 || (day !== undefined && !/^\d{4}-\d\d-\d\d$/.test(day)))
    throw new CommandFault(usage.trim())
  const config = settingsOf(process.env)
  const db = connectPostgres({
    ...{ url: config.workerDatabaseUrl, poolMax: 1, log: createLog({ level: 'error', process: 'requests' }) },
    applicationName: 'landfast-requests',
  })
  try {
    const archive = requestArchiveIn({ config, db })
    if (!archive)
      throw new CommandFault('There is no archive of the request log: set EXPORT_BUCKET, which keeps it.')
    if (day !== undefined) {
      let isThere = false
      for await (const lines of archivedRequests(archive, day)) {
        isThere = true
        process.stdout.write(lines)
      }
      if (!isThere)
        throw new CommandFault(
          `${day} is not in the archive, or was sealed with another SECRET_KEY: \`bun run requests:archived\` lists the days.`,
        )
      return
    }
    const days = await archivedDays(archive)
    for (const { day: each, entries } of days)
      console.log(`${each}  ${entries ?? 'sealed with another SECRET_KEY'}`)
    if (days.length === 0) console.log('No day was archived yet.')
  } finally {
    await db.destroy()
  }
})
