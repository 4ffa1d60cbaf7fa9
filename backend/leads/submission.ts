import { InvalidFields } from '../problem.ts'
import { isWordLike } from '../words/word.ts'
import { type Attribution, readAttribution } from './attribution.ts'
import { normalisePhone, type PhoneRules } from './phone.ts'
import { readSignals, type Signals } from './signals.ts'

/** What a visitor sent, once it has passed every rule. */
export type Submission = Readonly<{
  phone: string
  /** The client's Idempotency-Key, or '' when it sent none. */
  idempotencyKey: string
  attribution?: Attribution
  variant?: string
  signals?: Signals
  /** A proof of work as it was sent; looked at only while one is required, and not kept. */
  proof?: string
}>

const printableKey = /^[\x20-\x7e]{1,128}$/

/**
 * Reads a submission out of a parsed body. Attribution and signals never cost a lead: what is not usable is left out.
 * @throws InvalidFields naming `phone` or `idempotency_key`.
 */
export function readSubmission(
  body: unknown,
  options: PhoneRules & { idempotencyKey?: string | null },
): Submission {
  const fields: Record<string, unknown> = isRecord(body) ? body : {}
  const phone = normalisePhone(fields.phone, options)
  const { variant, proof } = fields
  // In one shape, absent parts included: this runs for every submission.
  return {
    phone,
    idempotencyKey: readIdempotencyKey(options.idempotencyKey),
    attribution: readAttribution(fields),
    variant: isWordLike(variant) ? variant : undefined,
    signals: readSignals(fields),
    proof: typeof proof === 'string' && proof !== '' ? proof : undefined,
  }
}

function readIdempotencyKey(key: string | null | undefined): string {
  if (!key) return ''
  if (!printableKey.test(key)) throw new InvalidFields({ idempotency_key: ['invalid_idempotency_key'] })
  return key
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
