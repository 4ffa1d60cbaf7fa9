import { InvalidFields } from '../problem.ts'

const bytes = 16
const ownPattern = /^[A-Za-z0-9_-]{22}$/
export const visitorIdPattern = /^[\x21-\x7e]{1,128}$/
/** The longest id that another client may give its visitor. */
export const visitorIdLengthMax = 128

// Asked for in one go: a system call for each visitor would cost more than the rest of the answer.
const pool = Buffer.alloc(bytes * 256)
let used = pool.length

/** An id for a new visitor of the page: 128 random bits in 22 characters. */
export function newVisitorId(): string {
  if (used === pool.length) {
    crypto.getRandomValues(pool)
    used = 0
  }
  used += bytes
  return pool.toString('base64url', used - bytes, used)
}

/** Whether an id is written like those that the page gives. Only such a one is believed from a cookie. */
export function isOwnVisitorId(text: string): boolean {
  return text.length === 22 && ownPattern.test(text)
}

/** Whether this can name a visitor, of whichever client: 1 to 128 printable ASCII characters without spaces. */
export function isVisitorId(given: unknown): given is string {
  return typeof given === 'string' && visitorIdPattern.test(given)
}

/**
 * Reads the id by which a client names its visitor.
 * @throws InvalidFields naming `visitor_id`.
 */
export function readVisitorId(given: unknown): string {
  if (isVisitorId(given)) return given
  const isMissing = given === undefined || given === null || given === ''
  throw new InvalidFields({ visitor_id: [isMissing ? 'required' : 'invalid'] })
}
