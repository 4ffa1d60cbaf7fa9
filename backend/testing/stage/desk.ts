import { theCommand } from '../../operators/audit.ts'
import { inviteLink, newInvite } from '../../operators/invite.ts'
import type { Role } from '../../operators/rights.ts'
import { createAccounts } from '../../postgres/accounts.ts'
import type { Db } from '../../postgres/connection.ts'

/** A link as `bun run admin:invite` prints it, of an installation at this address. */
export async function linkFor(db: Db, origin: string, role: Role = 'owner'): Promise<string> {
  const { text, kept } = newInvite({ role }, Date.now())
  await createAccounts(db).invite(kept, { by: theCommand, action: 'operator.invited', subject: kept.id })
  return inviteLink(origin, text)
}
