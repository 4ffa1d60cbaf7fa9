import { parseArgs } from 'node:util'
import { createLog } from '../log.ts'
import { newOperatorKey } from '../operators/operator-key.ts'
import { connectPostgres } from '../postgres/connection.ts'
import { createOperatorKeys } from '../postgres/operator-keys.ts'
import { CommandFault, runCommand } from './command.ts'
import { settingsOf } from './settings.ts'

const usage = `
Usage: bun run admin:key [--name NAME]    make an operator key; it is shown once and cannot be read again
       bun run admin:key --list           the keys there are
       bun run admin:key --revoke ID      a key stops working at once
Reads the settings from the environment or .env, else those of \`bun run start\`.
Send a key as \`Authorization: Bearer KEY\` to /api/admin/flags, /api/admin/experiments and /api/admin/deliveries.`

const nameLengthMax = 64

type Keys = ReturnType<typeof createOperatorKeys>

async function make(keys: Keys, name: string): Promise<void> {
  if (name.length > nameLengthMax) throw new CommandFault(`A name may have ${nameLengthMax} characters.`)
  const { text, kept } = newOperatorKey(name)
  await keys.add(kept)
  console.error(`Key ${kept.id} was made. It is shown this once:`)
  console.log(text)
}

async function list(keys: Keys): Promise<void> {
  const found = await keys.list()
  if (found.length === 0) console.log('There is no operator key yet; `bun run admin:key` makes one.')
  for (const { id, name, createdAt, revokedAt } of found) {
    const state = revokedAt ? `revoked ${revokedAt.toISOString()}` : 'works'
    console.log([id, `made ${createdAt.toISOString()}`, state, name].join('  ').trimEnd())
  }
}

async function revoke(keys: Keys, id: string): Promise<void> {
  if (!(await keys.revoke(id))) throw new CommandFault(`There is no working key ${id}; --list shows all.`)
  console.log(`Key ${id} no longer works.`)
}

function read(args: string[]) {
  try {
    return parseArgs({
      args,
      options: { name: { type: 'string' }, list: { type: 'boolean' }, revoke: { type: 'string' } },
    }).values
  } catch {
    throw new CommandFault(usage.trim())
  }
}

const [action, ...args] = process.argv.slice(2)
await runCommand(usage, process.argv.slice(2), async () => {
  const options = read(args)
  if (action !== 'key' || Object.keys(options).length > 1) throw new CommandFault(usage.trim())
  const log = createLog({ level: 'error', process: 'admin' })
  const { databaseUrl } = settingsOf(process.env)
  const db = connectPostgres({ url: databaseUrl, poolMax: 1, applicationName: 'landfast-admin', log })
  try {
    const keys = createOperatorKeys(db)
    if (options.list) await list(keys)
    else if (options.revoke !== undefined) await revoke(keys, options.revoke)
    else await make(keys, options.name ?? '')
  } finally {
    await db.destroy()
  }
})
