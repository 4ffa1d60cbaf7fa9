import { Problem } from '../problem.ts'
import { ownClaimKey } from './own-claim.ts'
import { idempotencyKeyOf, normalisePhone, type PhoneRules, phoneKeyOf } from './phone.ts'
import type { ClaimLookup, ClaimRelease, Correction, CorrectionTable } from './ports.ts'

/**
 * What a submission corrects: a lead of the same visitor, named by its phone and by the Idempotency-Key it was sent with,
 * which nobody else knows.
 */
export type Corrects = Readonly<{ phone: string; key: string }>

// What a visitor mistyped several times in a row, before anything got through.
export const correctsMax = 3
/** A key that can be guessed proves nothing: shorter ones are of clients that count. */
export const correctsKeyLengthMin = 22

/**
 * Reads what a submission of this phone says that it corrects. It never costs a lead: what is not usable is left out, and so is
 * the phone itself, which its visitor has only written in another way.
 */
export function readCorrects(
  value: unknown,
  ownPhone: string,
  rules: PhoneRules,
): readonly Corrects[] | undefined {
  if (!Array.isArray(value)) return undefined
  const corrects = value
    .slice(0, correctsMax)
    .flatMap((each) => readOne(each, rules))
    .filter(({ phone }) => phone !== ownPhone)
  return corrects.length > 0 ? corrects : undefined
}

function readOne(value: unknown, rules: PhoneRules): Corrects[] {
  const { phone, key } = (value ?? {}) as Readonly<Record<string, unknown>>
  if (typeof key !== 'string' || key.length < correctsKeyLengthMin || key.length > 128) return []
  try {
    return [{ phone: normalisePhone(phone, rules), key }]
  } catch {
    return []
  }
}

export type CorrectionDeps = Readonly<{
  /** A keyed hash in hex, 32 characters. */
  keyedHash(text: string): string
  /** Where claims are looked for, in this order. */
  claims: readonly ClaimLookup[]
  table: CorrectionTable
  /** Duplicates are kept: they hold claims of their own, which are given up like those of every other. */
  keepsDuplicates?: boolean
  /** Absent without Redis. */
  release?: ClaimRelease
  /** Told why a correction that is noted has to wait. */
  onWait(error: unknown): void
}>

/**
 * Marks leads as corrected by another: they are kept, and never rung; their phones are free for whoever has them. What does
 * not name a lead with its own key is nobody's correction and changes nothing. When it resolves the correction is durable.
 * @throws Problem `unavailable`: sending the same submission again corrects them then.
 */
export async function correctLeads(
  deps: CorrectionDeps,
  corrects: readonly Corrects[],
  correctedBy: string,
): Promise<void> {
  const due: Correction[] = []
  for (const { phone, key } of corrects) {
    const phoneKey = phoneKeyOf(deps.keyedHash, phone)
    const idempotencyKey = idempotencyKeyOf(deps.keyedHash, key)
    const own = deps.keepsDuplicates ? ownClaimKey({ phoneKey, idempotencyKey }) : undefined
    for (const claimed of own === undefined ? [phoneKey] : [phoneKey, own])
      if (await mayHold(deps.claims, claimed, idempotencyKey))
        due.push({ phoneKey: claimed, idempotencyKey, correctedBy })
    if (own !== undefined) await releaseOwn(deps, own)
  }
  if (due.length === 0) return
  try {
    await deps.table.note(due)
  } catch (error) {
    deps.onWait(error)
    throw new Problem(
      'unavailable',
      'The number before could not be corrected just now. Try again in a moment.',
    )
  }
  await settleCorrections(deps).catch(deps.onWait)
}

/** Gives the claim of a duplicate up where it is held: it is no lead that has to be marked first. */
async function releaseOwn({ claims, release }: CorrectionDeps, phoneKey: string): Promise<void> {
  for (const lookup of release ? claims : []) {
    const holder = await lookup.holderOf(phoneKey).catch(() => undefined)
    if (holder) await release!.release({ id: holder.id, phoneKey }).catch(() => {})
  }
}

/**
 * Carries out what is noted, as far as its leads are stored by now. Safe to repeat, and beside others. A shard that is away
 * holds up the claims of its own phones, and no others.
 * @throws the first reason why a claim could not be given back; that one is tried again.
 */
export async function settleCorrections(deps: Pick<CorrectionDeps, 'table' | 'release'>): Promise<number> {
  const settled = await deps.table.settle()
  const released = await Promise.allSettled(settled.map((lead) => deps.release?.release(lead)))
  await deps.table.forget(settled.filter((_, at) => released[at]!.status === 'fulfilled'))
  const failed = released.find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
  return settled.length
}

/** Whether a claim on the phone was taken under this key. A store that cannot say so leaves it open. */
async function mayHold(
  claims: readonly ClaimLookup[],
  phoneKey: string,
  idempotencyKey: string,
): Promise<boolean> {
  let isOpen = false
  for (const lookup of claims) {
    try {
      const holder = await lookup.holderOf(phoneKey)
      if (holder) return holder.idempotencyKey === idempotencyKey
    } catch {
      isOpen = true
    }
  }
  return isOpen
}
