import type { Account, KeptAccount } from './account.ts'
import type { AuditEntry } from './audit.ts'
import { newSecret } from './secret.ts'

/** One browser that somebody is signed in with. */
export type KeptSession = Readonly<{
  id: string
  tokenHash: Uint8Array
  accountId: string
  begunAt: Date
  seenAt: Date
  /** When the password was last asked for. */
  confirmedAt: Date
  /** What can be said of where it is: the network, and what the browser calls itself. */
  client: string
  agent: string
}>

/** What a session is begun by: what was asked for took a while, and none of it may have changed meanwhile. */
export type Grounds = Readonly<{
  /** The account as it was when it was asked about. */
  account: Pick<KeptAccount, 'hasSecondFactor'> & Partial<Pick<KeptAccount, 'passwordHash'>>
  /** The session that goes on. */
  instead?: string
}>

/** Where sessions are kept. */
export interface Sessions {
  /**
   * Keeps a session, in the place of the one named `instead`, with its entry of the audit. Resolves with false, and keeps
   * none, where the account has been disabled meanwhile or is let in by something else, or `instead` has ended.
   */
  begin(session: KeptSession, entry: AuditEntry, grounds: Grounds): Promise<boolean>
  find(tokenHash: Uint8Array): Promise<Readonly<{ session: KeptSession; account: Account }> | undefined>
  seen(id: string, at: Date): Promise<void>
  of(accountId: string): Promise<readonly KeptSession[]>
  /** Ends one session of an account, or all but one; resolves with how many. */
  end(
    accountId: string,
    which: Readonly<{ id: string }> | Readonly<{ except: string }>,
    entry: AuditEntry,
  ): Promise<number>
}

const hourMs = 60 * 60 * 1000
/** Whoever does nothing for so long is signed out. */
export const idleMs = 12 * hourMs
/** And whoever signed in so long ago, whatever they did. */
export const lastsMs = 7 * 24 * hourMs
/** So long after the password was asked for, what is grave may be done without asking again. */
export const confirmedForMs = 15 * 60 * 1000
// Not every request is worth a write.
const seenEveryMs = 60_000
const agentLengthMax = 256

/** A new session: the token, which only the browser keeps, and what is kept here. */
export function newSession(
  accountId: string,
  { client, agent }: Pick<KeptSession, 'client' | 'agent'>,
  nowMs: number,
  begunAt = new Date(nowMs),
): Readonly<{ token: string; kept: KeptSession }> {
  const { text, hash } = newSecret()
  const now = new Date(nowMs)
  const kept = {
    ...{ id: crypto.randomUUID(), tokenHash: hash, accountId, begunAt, seenAt: now, confirmedAt: now },
    ...{ client, agent: agent.slice(0, agentLengthMax) },
  }
  return { token: text, kept }
}

export const expiresAtMs = ({ begunAt, seenAt }: Pick<KeptSession, 'begunAt' | 'seenAt'>) =>
  Math.min(begunAt.getTime() + lastsMs, seenAt.getTime() + idleMs)

/** Whether it still lets anybody in. */
export const isLive = (session: KeptSession, nowMs: number) => nowMs < expiresAtMs(session)

export const isConfirmed = ({ confirmedAt }: Pick<KeptSession, 'confirmedAt'>, nowMs: number) =>
  nowMs < confirmedAt.getTime() + confirmedForMs

export const isWorthNoting = ({ seenAt }: KeptSession, nowMs: number) =>
  nowMs - seenAt.getTime() >= seenEveryMs
