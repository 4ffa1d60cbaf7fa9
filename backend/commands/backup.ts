import { parseArgs } from 'node:util'
import { createCopies } from './backup/copies.ts'
import { backupsIn, openBackup, removeOld, sizeOf } from './backup/folder.ts'
import { inWords, type Made, makeBackup, megabytes, type Source } from './backup/make.ts'
import { keepBackingUp } from './backup/schedule.ts'
import { sourceOf } from './backup/source.ts'
import { CommandFault, runCommand } from './command.ts'

const usage = `
Usage: bun run backup                    back up Postgres, Redis, MongoDB, bucket and settings (no secrets), encrypted
       bun run backup --every HOURS      do so again and again; /metrics and /livez on WORKER_PORT say how it goes
       bun run backup --list             list the backups, and copies in the second bucket
       bun run backup --check NAME       see whether a backup is whole and made with this BACKUP_KEY
A backup counts once it was restored into servers of its own and came to the same figures there.
Reads BACKUP_KEY and the other settings from the environment or .env, else those of \`bun run start\`.`

/** One backup, and the end of old ones: also where the second place is away, these are kept no longer. */
async function make(source: Source): Promise<Made> {
  const { backup, config, say } = source
  const made = await makeBackup(source)
  const gone = await removeOld(backup.folder, config.backupRetentionDays, Date.now())
  const old = gone.length > 0 ? `; ${gone.length} old ones are gone` : ''
  say(`Backed up as ${made.name} in ${made.manifest.tookS.toFixed(1)} s${old}.`)
  return made
}

/** Its copy in the second bucket. */
async function passOn({ backup, config, say }: Source, { name }: Made): Promise<void> {
  if (!backup.copy) return
  const copies = createCopies(backup.copy)
  await copies.put(backup.folder, name)
  await copies.removeOld(config.backupRetentionDays, Date.now())
  say(`Copied ${name} into the bucket of copies.`)
}

async function list({ backup }: Source): Promise<void> {
  const names = backupsIn(backup.folder)
  const copied = new Set(backup.copy ? await createCopies(backup.copy).names() : [])
  for (const name of [...new Set([...names, ...copied])].sort()) {
    const here = names.includes(name)
    const size = here ? megabytes(sizeOf(`${backup.folder}/${name}`)) : 'only as a copy'
    console.log(`${name}  ${size}${here && copied.has(name) ? ', copied' : ''}`)
  }
  if (names.length + copied.size === 0) console.log(`There is no backup in ${backup.folder} yet.`)
}

async function check({ backup }: Source, name: string): Promise<void> {
  const { parts } = await openBackup(backup.folder, name, backup.key)
  for (const part of parts) console.log(`${part.name}: ${inWords(part.holds)}, ${megabytes(part.bytes)}`)
  console.log(`The backup ${name} is whole.`)
}

function read(args: string[]) {
  try {
    return parseArgs({
      args,
      options: { every: { type: 'string' }, list: { type: 'boolean' }, check: { type: 'string' } },
    }).values
  } catch {
    throw new CommandFault(usage.trim())
  }
}

await runCommand(usage, process.argv.slice(2), async () => {
  const asked = read(process.argv.slice(2))
  if (Object.keys(asked).length > 1) throw new CommandFault(usage.trim())
  const hours = asked.every === undefined ? undefined : Number(asked.every)
  if (hours !== undefined && !(hours >= 0.01 && hours <= 720))
    throw new CommandFault('Say how many hours lie between two backups, such as --every 6.')
  const source = sourceOf(process.env)
  if (asked.list) return list(source)
  if (asked.check !== undefined) return check(source, asked.check)
  if (hours !== undefined) return keepBackingUp(source, hours, { make, passOn })
  await passOn(source, await make(source))
})
