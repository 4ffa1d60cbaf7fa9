import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Account } from './account.ts'
import type { AuditEntry } from './audit.ts'
import { firstKeyRights, type Right, type Rights } from './rights.ts'
import { hashOf } from './secret.ts'
import type { KeptSession } from './session.ts'

/** Somebody who has signed in, and with what. */
export type Person = Readonly<{ account: Account; session: KeptSession }>

/** Who runs the page, by the id and name of their account or key, and what they may do. */
export type Operator = Readonly<{ id: string; name: string; rights: Rights; person?: Person }>

/** Whoever asks, where results are open to everybody, as on a developer's machine. */
export const anybody: Operator = { id: '', name: 'anybody', rights: new Set<Right>(['results.read']) }

/** A key as it is kept: by hash only, so that whoever reads the table cannot use it. */
export type KeptKey = Omit<Operator, 'person'> & Readonly<{ hash: Uint8Array; expiresAt?: Date }>

/** A key as operators see it in a list. */
export type ListedKey = Omit<KeptKey, 'hash'> &
  Readonly<{ createdAt: Date; revokedAt?: Date; lastUsedAt?: Date }>

/** Where operator keys are kept. Rejects while the store is away. */
export interface OperatorKeys {
  add(key: KeptKey, entry: AuditEntry): Promise<void>
  /** The key of this id, unless it was revoked or its time is over. */
  find(id: string): Promise<KeptKey | undefined>
  /** Notes that it was used, to the minute. */
  used(id: string): Promise<void>
  list(): Promise<readonly ListedKey[]>
  /** Resolves with whether there was such a key to revoke. */
  revoke(id: string, entry: AuditEntry): Promise<boolean>
}

/** Why a request was not let in: it brought no key, something that is none, a wrong one, or has to wait after those. */
export const keyRefusals = ['missing', 'malformed', 'wrong', 'blocked'] as const
export type KeyRefusal = (typeof keyRefusals)[number]

const keyPattern = /^lfk_([0-9a-f]{12})_[A-Za-z0-9_-]{43}$/

/** A new key: its text, which is shown once and never kept, and what is kept of it. */
export function newOperatorKey(
  name: string,
  { rights = firstKeyRights, expiresAt }: Readonly<{ rights?: Rights; expiresAt?: Date }> = {},
): Readonly<{ text: string; kept: KeptKey }> {
  const id = newKeyId()
  const text = `lfk_${id}_${randomBytes(32).toString('base64url')}`
  return { text, kept: { id, name, rights, ...(expiresAt && { expiresAt }), hash: hashOf(text) } }
}

/** Twelve hex digits that no log takes for a phone number. */
function newKeyId(): string {
  const id = randomBytes(6).toString('hex')
  return /\d{7}/.test(id) ? newKeyId() : id
}

/** The id in the text of a key, or undefined where it is not written like one. Says nothing of whether it is right. */
export function keyIdOf(text: string): string | undefined {
  return keyPattern.exec(text)?.[1]
}

/** The operator who holds this key, or undefined. Takes as long for a key that is nearly right as for any other. */
export async function operatorOf(
  keys: Pick<OperatorKeys, 'find'>,
  text: string,
): Promise<Operator | undefined> {
  const id = keyIdOf(text)
  const kept = id && (await keys.find(id))
  if (!kept || !timingSafeEqual(kept.hash, hashOf(text))) return undefined
  return { id: kept.id, name: kept.name, rights: kept.rights }
}

/** The operator of the key that a token was made of, for what the token is and the key may still do. */
export async function operatorOfToken(
  keys: Pick<OperatorKeys, 'find'>,
  { keyId, rights }: Readonly<{ keyId: string; rights: Rights }>,
): Promise<Operator | undefined> {
  const kept = await keys.find(keyId)
  return kept && { id: kept.id, name: kept.name, rights: kept.rights.intersection(rights) }
}
