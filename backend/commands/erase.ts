import { parseArgs } from 'node:util'
import { type ErasureReceipt, type Found, foundParts, receiptOf } from '../desk/erasure.ts'
import { personOf } from '../desk/person.ts'
import { createKeyedHash } from '../keyed-hash.ts'
import { keyOfTyped, soughtPhone } from '../leads/phone.ts'
import { createLog } from '../log.ts'
import { theCommand } from '../operators/audit.ts'
import { connectPostgres } from '../postgres/connection.ts'
import { createErasureTable } from '../postgres/erasures.ts'
import { createLeadDesk } from '../postgres/lead-desk.ts'
import { wireErasure } from '../wiring/erasure.ts'
import { CommandFault, runCommand } from './command.ts'
import { settingsOf } from './settings.ts'

const usage = `
Usage: bun run leads:erase PHONE            forget a person: in every store, and have whoever was sent their leads forget them
       bun run leads:erase PHONE --dry-run  what would go, and nothing else
PHONE is as anybody writes it, or the phone_hash of a receipt: what a backup has brought back is erased by it once more.
Prints a receipt without the phone. Safe to repeat and to stop: it goes on where it was, and so does the worker.
Reads the settings from the environment or .env, else those of \`bun run start\`.`

const whatIs: Readonly<Record<(typeof foundParts)[number], string>> = {
  leads: 'leads in Postgres',
  notes: 'notes of operators',
  work: 'leads that operators worked on',
  quarantined: 'leads in quarantine',
  corrections: 'corrections that wait',
  claims: 'claims in Postgres',
  deliveries: 'deliveries, made or waiting',
  attempts: 'attempts to deliver, whose answers are forgotten',
  exports: 'files of exports that are kept, all of which end',
  queued: 'leads in jobs in Redis',
  claims_in_redis: 'claims in Redis',
  requests: 'entries of the request log in MongoDB',
  archived_requests: 'entries of the request log in its archive',
}

const foundLines = (found: Found) =>
  foundParts.filter((part) => found[part]).map((part) => `  ${found[part]} ${whatIs[part]}`)

function receiptLines({ found, told, ...receipt }: ErasureReceipt): string[] {
  const lines = foundLines(found)
  return [
    `Erased ${receipt.finished_at}, asked ${receipt.asked_at} by ${receipt.asked_by}. Receipt ${receipt.id}`,
    `phone_hash ${receipt.phone_hash}`,
    ...(lines.length > 0 ? ['What was there:', ...lines] : ['Nothing was there.']),
    ...(receipt.leads.length > 0 ? [`Leads: ${receipt.leads.join(' ')}`] : []),
    ...told.map(({ endpoint, state }) => `${endpoint} is told to erase them: ${state}`),
    `No backup holds them after ${receipt.backups_gone_at?.slice(0, 10)}, by BACKUP_RETENTION_DAYS; logs never did.`,
  ]
}

function read(args: string[]) {
  try {
    const { values, positionals } = parseArgs({
      ...{ args, allowPositionals: true },
      options: { 'dry-run': { type: 'boolean', default: false } },
    })
    // A phone is often written with spaces.
    return { typed: positionals.join(' '), isDryRun: values['dry-run'] }
  } catch {
    throw new CommandFault(usage.trim())
  }
}

await runCommand(usage, process.argv.slice(2), async () => {
  const { typed, isDryRun } = read(process.argv.slice(2))
  if (typed === '') throw new CommandFault(usage.trim())
  const config = settingsOf(process.env)
  const keyedHash = createKeyedHash(config.secretKey)
  const log = createLog({ level: 'error', process: 'erase' })
  const erasing = wireErasure(config, config.workerDatabaseUrl, log)
  const db = connectPostgres({
    ...{ url: config.workerDatabaseUrl, poolMax: 1, log },
    applicationName: 'landfast-erase',
  })
  try {
    const phoneKey = /^[0-9a-f]{32}$/.test(typed)
      ? typed
      : await personOf(
          {
            leadDesk: createLeadDesk(db),
            phoneKeyOf: (phone) => keyOfTyped(keyedHash, phone, config.defaultRegion),
            soughtPhone: (phone) => soughtPhone(keyedHash, phone, config.defaultRegion),
          },
          typed,
        )
    if (phoneKey === undefined)
      throw new CommandFault('This is no phone. Write it with its country code, such as +98….')
    if (phoneKey === 'several')
      throw new CommandFault('Several phones end with this. Write it with its country code, such as +98….')
    if (isDryRun) {
      const lines = foundLines(await erasing.look(phoneKey))
      console.log(
        lines.length > 0 ? ['This would go:', ...lines].join('\n') : 'Nothing of this phone is here.',
      )
      return
    }
    const table = createErasureTable(db)
    const { id } = await table.begin(phoneKey, theCommand)
    await erasing.carryOut((await table.find(id))!)
    const done = (await table.find(id))!
    for (const line of receiptLines(receiptOf(done, await table.told(done), config.backupRetentionDays)))
      console.log(line)
  } finally {
    await erasing.stop()
    await db.destroy()
  }
})
