import { InvalidFields } from '../problem.ts'

const pattern = /^[\x21-\x7e]{1,128}$/

/**
 * Reads the id by which a client names its visitor: 1 to 128 printable ASCII characters without spaces.
 * @throws InvalidFields naming `visitor_id`.
 */
export function readVisitorId(given: string | null | undefined): string {
  if (!given) throw new InvalidFields({ visitor_id: ['required'] })
  if (!pattern.test(given)) throw new InvalidFields({ visitor_id: ['invalid'] })
  return given
}
