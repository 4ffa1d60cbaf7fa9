import type { Role } from './rights.ts'
import { newSecret } from './secret.ts'

/** What a link is for: to become an operator, or to set a new password for an account there is. */
export type KeptInvite = Readonly<{
  id: string
  tokenHash: Uint8Array
  role: Role
  /** Absent: whoever opens it names their own. */
  email?: string
  /** Set: the link sets the password of this account, and nothing else. */
  accountId?: string
  /** Set: it also takes the second factor of that account away, for whoever has lost it. */
  resetsFactor?: true
  expiresAt: Date
  usedAt?: Date
}>

export type ListedInvite = Pick<KeptInvite, 'id' | 'role' | 'email' | 'accountId' | 'expiresAt'>

export const inviteLastsMs = 24 * 60 * 60 * 1000

/** A new link's secret, which is shown once, and what is kept of it. */
export function newInvite(
  what: Pick<KeptInvite, 'role' | 'email' | 'accountId' | 'resetsFactor'>,
  nowMs: number,
): Readonly<{ text: string; kept: KeptInvite }> {
  const { text, hash } = newSecret()
  const kept = {
    ...what,
    id: crypto.randomUUID(),
    tokenHash: hash,
    expiresAt: new Date(nowMs + inviteLastsMs),
  }
  return { text, kept }
}

export const isOpen = ({ expiresAt, usedAt }: KeptInvite, nowMs: number) =>
  usedAt === undefined && expiresAt.getTime() > nowMs

/** Behind the `#`, which browsers send to nobody: so the secret is in no log and in no Referer. */
export const inviteLink = (publicUrl: string, text: string) => `${publicUrl}/admin/invite#${text}`
