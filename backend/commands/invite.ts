import { parseArgs } from 'node:util'
import type { Config } from '../config.ts'
import { createLog } from '../log.ts'
import { type Accounts, readEmail } from '../operators/account.ts'
import { theCommand } from '../operators/audit.ts'
import { inviteLink, newInvite } from '../operators/invite.ts'
import { providerName, whyNoPassword } from '../operators/provider.ts'
import { isRole, type Role, roles } from '../operators/rights.ts'
import { createAccounts } from '../postgres/accounts.ts'
import { connectPostgres } from '../postgres/connection.ts'
import { CommandFault, runCommand } from './command.ts'
import { settingsOf } from './settings.ts'

const usage = `
Usage: bun run admin:invite                             a link that makes the first owner
       bun run admin:invite --email EMAIL [--role ROLE] a link for somebody: to join, or to set a new password where they have joined
       bun run admin:invite --email EMAIL --second-factor  the same, and it takes the second factor away that they have lost
A link can be used once, within 24 hours. ROLE is ${roles.join(', ')}; owner when it is not said.
Reads the settings from the environment or .env, else those of \`bun run start\`.`

type Given = Readonly<{ email?: string; 'second-factor'?: boolean }>

async function invite(
  accounts: Accounts,
  options: Given,
  role: Role,
  { publicUrl, provider }: Pick<Config, 'publicUrl' | 'provider'>,
) {
  const { email: given, 'second-factor': resetsFactor } = options
  const email = given === undefined ? undefined : readEmail(given)
  if (given !== undefined && !email)
    throw new CommandFault('--email must be an address such as ann@example.com.')
  if (email === undefined && (await accounts.hasOwner()))
    throw new CommandFault(
      'There is an owner already. Name whom the link is for: `bun run admin:invite --email ann@example.com`; where they have joined, it sets a new password.',
    )
  const account = email === undefined ? undefined : await accounts.findByEmail(email)
  if (resetsFactor && !account?.hasSecondFactor)
    throw new CommandFault('--second-factor is for somebody who has one; name them with --email.')
  const because = account && whyNoPassword(account, provider && providerName(provider))
  if (because) throw new CommandFault(because)
  const what = account
    ? { email, role: account.role, accountId: account.id, ...(resetsFactor && { resetsFactor }) }
    : { email, role }
  const { text, kept } = newInvite(what, Date.now())
  await accounts.invite(kept, {
    by: theCommand,
    action: account ? 'operator.reset_begun' : 'operator.invited',
    subject: account?.id ?? kept.id,
    ...(!account && { after: { email, role } }),
    ...(resetsFactor && { after: { second_factor: 'to be removed' } }),
  })
  const purpose = account
    ? `sets a new password for ${email}${resetsFactor ? ' and removes the second factor' : ''}`
    : `makes ${email ?? 'whoever opens it'} ${role === 'owner' ? 'an owner' : `a ${role}`}`
  console.error(
    `This link ${purpose}. It is shown this once and can be used once, until ${kept.expiresAt.toISOString()}:`,
  )
  console.log(inviteLink(publicUrl, text))
}

function read(args: string[]) {
  try {
    return parseArgs({
      args,
      options: { email: { type: 'string' }, role: { type: 'string' }, 'second-factor': { type: 'boolean' } },
    }).values
  } catch {
    throw new CommandFault(usage.trim())
  }
}

const args = process.argv.slice(2)
await runCommand(usage, args, async () => {
  const { role = 'owner', ...options } = read(args)
  if (!isRole(role)) throw new CommandFault(`--role must be one of ${roles.join(', ')}.`)
  const log = createLog({ level: 'error', process: 'admin' })
  const config = settingsOf(process.env)
  const db = connectPostgres({
    ...{ url: config.databaseUrl, poolMax: 1, log },
    applicationName: 'landfast-admin',
  })
  try {
    await invite(createAccounts(db), options, role, config)
  } finally {
    await db.destroy()
  }
})
