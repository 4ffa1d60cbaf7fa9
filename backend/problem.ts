/** Every error code a client can meet. Each has one status, chosen in `http/problems.ts`. */
export type ProblemCode =
  | 'invalid_json'
  | 'unsupported_media_type'
  | 'body_too_large'
  | 'rate_limited'
  | 'unavailable'
  | 'unauthorized'
  | 'not_found'
  | 'method_not_allowed'
  | 'host_not_allowed'
  | 'unreadable_request'
  | 'origin_not_allowed'
  | 'proof_required'
  | 'range_not_satisfiable'
  | 'internal'

/** The codes of one invalid field, such as `{ phone: ['invalid_phone'] }`. */
export type FieldErrors = Readonly<Record<string, readonly string[]>>

/** A failure with a public face: `code` is stable, `message` is a sentence a visitor may read. */
export class Problem extends Error {
  constructor(
    readonly code: ProblemCode,
    message: string,
    /** How long a client should wait before it tries again, where waiting helps. */
    readonly retryAfterS?: number,
  ) {
    super(message)
    this.name = 'Problem'
  }
}

/** Nothing could be promised. Waits of 1 to 3 seconds, so that a crowd that was turned away does not come back as one. */
export function unavailable(message: string): Problem {
  return new Problem('unavailable', message, 1 + Math.floor(Math.random() * 3))
}

/** Input that breaks a rule of one or more fields. Answered with 400 and the field errors as the body. */
export class InvalidFields extends Error {
  constructor(readonly fields: FieldErrors) {
    super(`invalid fields: ${Object.keys(fields).join(', ')}`)
    this.name = 'InvalidFields'
  }
}
