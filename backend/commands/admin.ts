import { parseArgs } from 'node:util'
import { createLog } from '../log.ts'
import { theCommand } from '../operators/audit.ts'
import { newOperatorKey } from '../operators/operator-key.ts'
import { firstKeyRights, isRight, keyRights, type Rights } from '../operators/rights.ts'
import { connectPostgres } from '../postgres/connection.ts'
import { createOperatorKeys } from '../postgres/operator-keys.ts'
import { CommandFault, runCommand } from './command.ts'
import { settingsOf } from './settings.ts'

const usage = `
Usage: bun run admin:key [--name NAME] [--rights RIGHTS] [--days N]
                                          make an operator key; it is shown once and cannot be read again
       bun run admin:key --list           the keys there are
       bun run admin:key --revoke ID      a key stops working at once
RIGHTS is a list by comma of ${[...keyRights].join(', ')};
${[...firstKeyRights].join(', ')} when it is not said. With --days a key works for so long.
Reads the settings from the environment or .env, else those of \`bun run start\`.
Send a key as \`Authorization: Bearer KEY\` to /api/admin/flags, /api/admin/experiments and /api/admin/deliveries.`

const nameLengthMax = 64
const dayMs = 24 * 60 * 60 * 1000

type Keys = ReturnType<typeof createOperatorKeys>

async function make(keys: Keys, { name = '', rights: listed, days }: Options): Promise<void> {
  if (name.length > nameLengthMax) throw new CommandFault(`A name may have ${nameLengthMax} characters.`)
  const rights = listed === undefined ? firstKeyRights : readRights(listed)
  const { text, kept } = newOperatorKey(name, { rights, expiresAt: readExpiry(days) })
  await keys.add(kept, {
    by: theCommand,
    action: 'key.made',
    subject: kept.id,
    after: { name, rights: [...rights] },
  })
  console.error(`Key ${kept.id} was made. It is shown this once:`)
  console.log(text)
}

function readRights(listed: string): Rights {
  const names = listed.split(',').map((name) => name.trim())
  const wrong = names.find((name) => !isRight(name) || !keyRights.has(name))
  if (wrong !== undefined)
    throw new CommandFault(
      `--rights has "${wrong}", which no key can have. There is ${[...keyRights].join(', ')}.`,
    )
  return new Set(names.filter(isRight))
}

function readExpiry(days: string | undefined): Date | undefined {
  if (days === undefined) return undefined
  if (!/^[1-9]\d{0,3}$/.test(days)) throw new CommandFault('--days must be a whole number from 1 to 9999.')
  return new Date(Date.now() + Number(days) * dayMs)
}

async function list(keys: Keys): Promise<void> {
  const found = await keys.list()
  if (found.length === 0) console.log('There is no operator key yet; `bun run admin:key` makes one.')
  for (const { id, name, createdAt, revokedAt, expiresAt, lastUsedAt, rights } of found) {
    const state = revokedAt ? `revoked ${revokedAt.toISOString()}` : stateOf(expiresAt)
    const used = lastUsedAt ? `used ${lastUsedAt.toISOString()}` : 'never used'
    const may = [...rights].join(',')
    console.log([id, `made ${createdAt.toISOString()}`, state, used, may, name].join('  ').trimEnd())
  }
}

function stateOf(expiresAt: Date | undefined): string {
  if (!expiresAt) return 'works'
  return `${expiresAt.getTime() > Date.now() ? 'works until' : 'expired'} ${expiresAt.toISOString()}`
}

async function revoke(keys: Keys, id: string): Promise<void> {
  if (!(await keys.revoke(id, { by: theCommand, action: 'key.revoked', subject: id })))
    throw new CommandFault(`There is no working key ${id}; --list shows all.`)
  console.log(`Key ${id} no longer works.`)
}

type Options = Readonly<{ name?: string; rights?: string; days?: string; list?: boolean; revoke?: string }>

function read(args: string[]): Options {
  try {
    return parseArgs({
      args,
      options: {
        ...{ name: { type: 'string' }, rights: { type: 'string' }, days: { type: 'string' } },
        ...{ list: { type: 'boolean' }, revoke: { type: 'string' } },
      },
    }).values
  } catch {
    throw new CommandFault(usage.trim())
  }
}

const [action, ...args] = process.argv.slice(2)
await runCommand(usage, process.argv.slice(2), async () => {
  const options = read(args)
  const isAlone = Object.keys(options).length === 1
  if (action !== 'key' || ((options.list || options.revoke !== undefined) && !isAlone))
    throw new CommandFault(usage.trim())
  const log = createLog({ level: 'error', process: 'admin' })
  const { databaseUrl } = settingsOf(process.env)
  const db = connectPostgres({ url: databaseUrl, poolMax: 1, applicationName: 'landfast-admin', log })
  try {
    const keys = createOperatorKeys(db)
    if (options.list) await list(keys)
    else if (options.revoke !== undefined) await revoke(keys, options.revoke)
    else await make(keys, options)
  } finally {
    await db.destroy()
  }
})
