import type { AuditEntry } from './audit.ts'
import type { KeptInvite, ListedInvite } from './invite.ts'
import type { Role } from './rights.ts'

/** A person who may sign in. */
export type Account = Readonly<{
  id: string
  email: string
  name: string
  role: Role
  createdAt: Date
  hasSecondFactor: boolean
  /** Without one a provider of identities lets them in, which asks for what it wants to. */
  hasPassword: boolean
  disabledAt?: Date
  lastSeenAt?: Date
}>

export type KeptAccount = Account & Readonly<{ passwordHash: string }>
export type NewAccount = Pick<KeptAccount, 'id' | 'email' | 'name' | 'role' | 'passwordHash'>

/** What became of a change of an account. The last owner stays one, so that there is always somebody who can let others in. */
export type AccountChange = 'changed' | 'unknown' | 'last_owner'

/** Where accounts and invites are kept. Each change is written together with its entry of the audit, or not at all. */
export interface Accounts {
  find(id: string): Promise<KeptAccount | undefined>
  findByEmail(email: string): Promise<KeptAccount | undefined>
  findByIdentity(issuer: string, subject: string): Promise<KeptAccount | undefined>
  list(): Promise<readonly Account[]>
  hasOwner(): Promise<boolean>
  /** Makes the owner of an installation that has none; resolves with whether it had none. */
  addFirstOwner(account: NewAccount, entry: AuditEntry): Promise<boolean>
  /** Ends all sessions of the account but `keepSession`; where that one has ended meanwhile, nothing is changed. */
  setPassword(id: string, passwordHash: string, entry: AuditEntry, keepSession?: string): Promise<boolean>
  /** Ends the sessions, which were begun with other rights, and the links that they made or that are for them. */
  setRole(id: string, role: Role, entry: AuditEntry): Promise<AccountChange>
  /** Ends the sessions and the links as well. */
  setDisabled(id: string, disabled: boolean, entry: AuditEntry): Promise<AccountChange>

  invite(invite: KeptInvite, entry: AuditEntry): Promise<void>
  /** Those that still can be used. */
  invites(now: Date): Promise<readonly ListedInvite[]>
  findInvite(tokenHash: Uint8Array): Promise<KeptInvite | undefined>
  withdrawInvite(id: string, entry: AuditEntry): Promise<boolean>
  /** Makes the account of somebody whom a provider lets in, unless another has their address. */
  joinFrom(
    identity: Readonly<{ issuer: string; subject: string }>,
    account: NewAccount,
    entry: AuditEntry,
  ): Promise<'joined' | 'taken'>
  /** Makes the account of an invite, which is used up by it. */
  join(inviteId: string, account: NewAccount, entry: AuditEntry): Promise<'joined' | 'used' | 'taken'>
  /**
   * Sets the password of the account that an invite is for, takes its second factor away where the invite says so, and ends
   * the account's sessions. The invite is used up by it.
   */
  renewPassword(inviteId: string, passwordHash: string, entry: AuditEntry): Promise<boolean>
}

const emailLengthMax = 254
const nameLengthMax = 64

/** An address as accounts are found by, or undefined where it is none. */
export function readEmail(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined
  const email = text.trim().toLowerCase()
  return email.length <= emailLengthMax && /^[^\s@<>"']+@[^\s@<>"']+\.[^\s@<>"'.]+$/.test(email)
    ? email
    : undefined
}

/** A name as others see it, or undefined where there is nothing to see. */
export function readName(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined
  const name = text
    .normalize('NFC')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
  return name !== '' && name.length <= nameLengthMax ? name : undefined
}
