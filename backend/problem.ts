/** Every error code a client can meet. Each has one status, chosen in `http/problems.ts`. */
export const problemCodes = [
  'invalid_json',
  'unsupported_media_type',
  'body_too_large',
  'rate_limited',
  'unavailable',
  'unauthorized',
  'wrong_credentials',
  'code_required',
  'wrong_code',
  'confirmation_required',
  'link_over',
  'last_owner',
  'no_role',
  'has_password',
  'no_password',
  'changed_meanwhile',
  'forbidden',
  'not_found',
  'method_not_allowed',
  'host_not_allowed',
  'unreadable_request',
  'origin_not_allowed',
  'proof_required',
  'range_not_satisfiable',
  'not_deliverable',
  'internal',
] as const
export type ProblemCode = (typeof problemCodes)[number]

/** The codes of invalid fields, such as `{ phone: ['invalid_phone'] }`. */
export type FieldErrors = Readonly<Record<string, readonly string[]>>

/** The same of the parts of a list, by their places: `{ events: { 3: { event_type: ['unknown'] } } }`. */
export type ListErrors = Readonly<Record<string, Readonly<Record<number, FieldErrors>>>>

export type ProblemOptions = Readonly<{
  /** How long a client should wait before it tries again, where waiting helps. */
  retryAfterS?: number
  /** What went wrong underneath. Goes into the log, never into an answer. */
  cause?: unknown
  /** What else the log should say. Never answered. */
  details?: Readonly<Record<string, unknown>>
}>

/** A failure with a public face: `code` is stable, `message` is a sentence a visitor may read. */
export class Problem extends Error {
  readonly retryAfterS: number | undefined
  readonly details: ProblemOptions['details']

  constructor(
    readonly code: ProblemCode,
    message: string,
    options: ProblemOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Problem'
    this.retryAfterS = options.retryAfterS
    this.details = options.details
  }
}

/** Nothing could be promised. Waits of 1 to 3 seconds, so that a crowd that was turned away does not come back as one. */
export function unavailable(message: string, cause?: unknown): Problem {
  return new Problem('unavailable', message, { retryAfterS: 1 + Math.floor(Math.random() * 3), cause })
}

/** Input that breaks rules. Answered with 400 and what is wrong with it as the body. */
export class InvalidInput extends Error {
  constructor(readonly faults: FieldErrors | ListErrors) {
    super(`invalid fields: ${Object.keys(faults).join(', ')}`)
    this.name = 'InvalidInput'
  }
}

/** Input that breaks a rule of one or more fields. */
export class InvalidFields extends InvalidInput {
  constructor(readonly fields: FieldErrors) {
    super(fields)
    this.name = 'InvalidFields'
  }
}

/** What a request came to that was not answered as it wished; `failed` is a fault of ours. */
export const refusalOutcomes = ['refused', 'rate_limited', 'unavailable', 'failed'] as const
export type RefusalOutcome = (typeof refusalOutcomes)[number]

/** Under which outcome a request that failed in this way is counted and logged. */
export function refusalOutcome(problem: Problem | InvalidInput): RefusalOutcome {
  if (problem instanceof InvalidInput) return 'refused'
  if (problem.code === 'internal') return 'failed'
  return problem.code === 'rate_limited' || problem.code === 'unavailable' ? problem.code : 'refused'
}
