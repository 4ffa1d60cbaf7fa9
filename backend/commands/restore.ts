import { parseArgs } from 'node:util'
import { createCopies } from './backup/copies.ts'
import { backupsIn, openBackup, type PartName, partNames } from './backup/folder.ts'
import { restore } from './backup/restore.ts'
import { sourceOf } from './backup/source.ts'
import { CommandFault, runCommand } from './command.ts'

const usage = `
Usage: bun run restore NAME|latest [--only PART,…] [--replace]
  --only      some of ${partNames.join(', ')}; settings are printed, and left out where it is not said
  --replace   over a database that holds leads or a folder that holds files of Redis; both are kept under other names
What MongoDB and the bucket have stays, and what they lack is added. A backup that is not in BACKUP_DIR is fetched from the bucket of
copies. Deliveries are held until \`bun run deliveries resume-all\`. docs/restoring.md says in which order, for each failure.`

function read(args: string[]) {
  try {
    const { values, positionals } = parseArgs({
      args,
      options: { only: { type: 'string' }, replace: { type: 'boolean', default: false } },
      allowPositionals: true,
    })
    const [name, ...more] = positionals
    if (!name || more.length > 0) throw new CommandFault(usage.trim())
    return { ...values, name }
  } catch {
    throw new CommandFault(usage.trim())
  }
}

function partsIn(list: string): PartName[] {
  const names = list.split(',')
  const unknown = names.find((name) => !partNames.includes(name as PartName))
  if (unknown !== undefined)
    throw new CommandFault(`A backup has no part "${unknown}": name some of ${partNames.join(', ')}.`)
  return names as PartName[]
}

await runCommand(usage, process.argv.slice(2), async () => {
  const asked = read(process.argv.slice(2))
  const only = asked.only === undefined ? undefined : partsIn(asked.only)
  const source = sourceOf(process.env)
  const { folder, copy, key } = source.backup
  const copies = copy && createCopies(copy)
  const here = backupsIn(folder)
  const latest = async () => here.at(-1) ?? (await copies?.names())?.at(-1)
  const name = asked.name === 'latest' ? await latest() : asked.name
  if (!name) throw new CommandFault(`There is no backup in ${folder}.`)
  if (!here.includes(name)) await copies?.fetch(folder, name)
  const manifest = await openBackup(folder, name, key)
  await restore({ ...source, name, manifest, only, replace: asked.replace })
  console.log(`The backup ${name} is put back. It is of ${manifest.madeAt}.`)
})
