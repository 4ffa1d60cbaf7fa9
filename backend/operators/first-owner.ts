import { type Accounts, readEmail } from './account.ts'
import { theSystem } from './audit.ts'
import { type PasswordFault, type Passwords, passwordFault } from './password.ts'

export type FirstOwnerDeps = Readonly<{
  accounts: Pick<Accounts, 'list' | 'addFirstOwner'>
  passwords: Pick<Passwords, 'hash'>
}>

/**
 * Makes the owner of an installation that nobody sits at, while it has no operator; resolves with what became of it. A password
 * that nobody may choose makes none.
 */
export async function makeFirstOwner(
  { accounts, passwords }: FirstOwnerDeps,
  given: Readonly<{ email: string; password: string }>,
): Promise<'made' | 'there' | PasswordFault | 'no_address'> {
  const email = readEmail(given.email)
  if (!email) return 'no_address'
  if ((await accounts.list()).length > 0) return 'there'
  const fault = passwordFault(given.password, [email])
  if (fault) return fault
  const account = { id: crypto.randomUUID(), email, name: email.split('@')[0]!, role: 'owner' } as const
  const entry = { by: theSystem, action: 'operator.joined', subject: account.id, after: { email } } as const
  const passwordHash = await passwords.hash(given.password)
  return (await accounts.addFirstOwner({ ...account, passwordHash }, entry)) ? 'made' : 'there'
}
