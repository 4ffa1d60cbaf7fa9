import { randomBytes } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'
import { InvalidFields, Problem } from '../problem.ts'
import type { Seal } from '../seal.ts'
import type { AuditEntry } from './audit.ts'
import { hashOf } from './secret.ts'

/** What is kept of a second factor: its secret, sealed, and how many recovery codes are left. */
export type KeptFactor = Readonly<{ sealed: Uint8Array; codesLeft: number }>
export type NewFactor = Readonly<{
  sealed: Uint8Array
  /** The step of the code that proved it, which is used up by it. */
  step: number
  codeHashes: readonly Uint8Array[]
}>

/** Where second factors are kept. Each change is written together with its entry of the audit, or not at all. */
export interface SecondFactors {
  find(accountId: string): Promise<KeptFactor | undefined>
  /**
   * Takes the place of the one before, and ends every session of the account but `keepSession`. Resolves with false, and
   * changes nothing, where that one has ended meanwhile.
   */
  set(accountId: string, factor: NewFactor, entry: AuditEntry, keepSession: string): Promise<boolean>
  /**
   * Ends every session of the account but the one that asks. Resolves with whether there is a factor that they are for, and that
   * one has not ended meanwhile.
   */
  renewCodes(
    accountId: string,
    codeHashes: readonly Uint8Array[],
    entry: AuditEntry,
    ofSession: string,
  ): Promise<boolean>
  /** Ends every session of the account but `keepSession`, too; resolves with whether there was one. */
  remove(accountId: string, entry: AuditEntry, keepSession: string): Promise<boolean>
  /** Resolves with whether no code of this step, or of a later one, was used before. */
  spendStep(accountId: string, step: number): Promise<boolean>
  /** Resolves with whether there was such a recovery code, which is gone then. */
  spendCode(accountId: string, hash: Uint8Array, entry: AuditEntry): Promise<boolean>
}

type Whose = Readonly<{ id: string; email: string }>

/** A factor that somebody has begun to set: what their device is to keep, and what they send back with its first code. */
export type Enrolment = Readonly<{ secret: string; uri: string; enrolment: string }>

export type FactorDeps = Readonly<{
  factors: SecondFactors
  seal: Seal
  /** As devices show it beside the code. */
  issuer: string
  nowMs(): number
}>

const enrolmentLastsMs = 15 * 60 * 1000
const secretBytes = 20
const periodS = 30
// A clock may be half a minute away from ours.
const window = 1

export type SecondFactor = ReturnType<typeof createSecondFactor>

/** Codes of six digits by the clock (RFC 6238), each of which counts once, and codes for the day the device is lost. */
export function createSecondFactor({ factors, seal, issuer, nowMs }: FactorDeps) {
  const totp = (secret: string, label = '') =>
    new TOTP({ issuer, label, secret: Secret.fromBase32(secret), period: periodS })
  const nameOf = (accountId: string) => `second factor of ${accountId}`
  const enrolmentOf = (accountId: string) => `second factor begun by ${accountId}`

  /** The step of a code that is right now, or undefined. */
  function stepOf(secret: string, code: string): number | undefined {
    const timestamp = nowMs()
    const delta = totp(secret).validate({ token: code, timestamp, window })
    return delta === null ? undefined : Math.floor(timestamp / 1000 / periodS) + delta
  }

  /** Undefined where it was sealed under another `SECRET_KEY`: no code of it is right then. */
  function opened(sealed: Uint8Array, name: string): string | undefined {
    try {
      return seal.open(sealed, name)
    } catch {
      return undefined
    }
  }

  return {
    find: factors.find,

    /** What a device needs to make codes. Nothing is kept until its first code comes back. */
    begin({ id, email }: Whose): Enrolment {
      const secret = newBase32(secretBytes)
      const until = nowMs() + enrolmentLastsMs
      const enrolment = seal.close(JSON.stringify({ secret, until }), enrolmentOf(id)).toString('base64url')
      return { secret, uri: totp(secret, email).toString(), enrolment }
    },

    /** Keeps what was begun, and resolves with the recovery codes, which are shown this once. @throws InvalidFields */
    async set(
      { id }: Whose,
      given: Readonly<{ enrolment: string; code: string }>,
      entry: AuditEntry,
      keepSession: string,
    ): Promise<readonly string[]> {
      const begun = opened(Buffer.from(given.enrolment, 'base64url'), enrolmentOf(id))
      const { secret, until } = JSON.parse(begun ?? '{}') as { secret?: string; until?: number }
      if (!secret || !until || until < nowMs()) throw new InvalidFields({ enrolment: ['over'] })
      const step = stepOf(secret, plain(given.code))
      if (step === undefined) throw new InvalidFields({ code: ['wrong_code'] })
      const { codes, codeHashes } = newCodes()
      const sealed = seal.close(secret, nameOf(id))
      if (!(await factors.set(id, { sealed, step, codeHashes }, entry, keepSession)))
        throw new Problem('unauthorized', 'You were signed out meanwhile. Sign in again.')
      return codes
    },

    /** New recovery codes in the place of all that were made before. */
    async renewCodes({ id }: Whose, entry: AuditEntry, ofSession: string): Promise<readonly string[]> {
      const { codes, codeHashes } = newCodes()
      if (!(await factors.renewCodes(id, codeHashes, entry, ofSession))) throw none()
      return codes
    },

    async remove({ id }: Whose, entry: AuditEntry, keepSession: string): Promise<void> {
      if (!(await factors.remove(id, entry, keepSession))) throw none()
    },

    /** Whether a code is right, by the device or of the recovery codes; it is used up then. */
    async spend({ id }: Whose, code: string, byRecovery: AuditEntry): Promise<boolean> {
      const text = plain(code)
      if (isRecoveryCode(text)) return factors.spendCode(id, hashOf(text), byRecovery)
      const kept = await factors.find(id)
      const secret = kept && opened(kept.sealed, nameOf(id))
      const step = secret === undefined ? undefined : stepOf(secret, text)
      return step !== undefined && factors.spendStep(id, step)
    },
  }
}

const none = () => new Problem('not_found', 'You have no second factor.')

const codesAtOnce = 10
// 120 random bits: nothing slower than a plain hash is needed to keep them from being guessed.
const codeBytes = 15
const recoveryPattern = /^[a-z2-7]{24}$/
const isRecoveryCode = (text: string) => recoveryPattern.test(text)

/** As it was meant, however it was grouped or in whatever figures it was typed. */
const plain = (code: string) =>
  code
    .normalize('NFKC')
    .replace(/[\s\p{Pd}\p{Cf}]/gu, '')
    .toLowerCase()
    .replace(/[٠-٩۰-۹]/g, latin)
const latin = (figure: string) => String(figure.charCodeAt(0) & 0xf)

function newCodes() {
  const texts = Array.from({ length: codesAtOnce }, () => newBase32(codeBytes).toLowerCase())
  return {
    codes: texts.map((text) => text.replace(/.{6}(?=.)/g, '$&-')),
    codeHashes: texts.map(hashOf),
  }
}

const newBase32 = (bytes: number) => new Secret({ buffer: Uint8Array.from(randomBytes(bytes)).buffer }).base32
