import { InvalidFields } from '../problem.ts'
import { type Corrects, readCorrects } from './correction.ts'
import { type LeadDetails, type RequestSigns, readDetails } from './details.ts'
import { normalisePhone, type PhoneRules } from './phone.ts'

/** What a visitor sent, once it has passed every rule. */
export type Submission = Readonly<{
  phone: string
  /** The client's Idempotency-Key, or '' when it sent none. */
  idempotencyKey: string
  details?: LeadDetails
  /** Earlier leads of this visitor that this one takes the place of. */
  corrects?: readonly Corrects[]
  /** A proof of work as it was sent; looked at only while one is required, and not kept. */
  proof?: string
}>

export const idempotencyKeyLengthMax = 128
export const idempotencyKeyPattern = /^[\x20-\x7e]{1,128}$/

/**
 * Reads a submission out of a parsed body. Details never cost a lead: what is not usable is left out.
 * @throws InvalidFields naming `phone` or `idempotency_key`.
 */
export function readSubmission(
  body: unknown,
  options: PhoneRules & { idempotencyKey?: string | null; signs?: RequestSigns },
): Submission {
  const fields: Record<string, unknown> = isRecord(body) ? body : {}
  const phone = normalisePhone(fields.phone, options)
  const { proof, corrects } = fields
  // In one shape, absent parts included: this runs for every submission.
  return {
    phone,
    idempotencyKey: readIdempotencyKey(options.idempotencyKey),
    details: readDetails(fields, options.signs),
    corrects: corrects === undefined ? undefined : readCorrects(corrects, phone, options),
    proof: typeof proof === 'string' && proof !== '' ? proof : undefined,
  }
}

function readIdempotencyKey(key: string | null | undefined): string {
  if (!key) return ''
  if (!idempotencyKeyPattern.test(key))
    throw new InvalidFields({ idempotency_key: ['invalid_idempotency_key'] })
  return key
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
