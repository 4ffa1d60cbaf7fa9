import { InvalidCookieSignature, InvalidFileType, NotFoundError, ParseError, ValidationError } from 'elysia'
import { InvalidFields, InvalidInput, Problem } from '../problem.ts'

/** A failure as a client may know it. What nobody foresaw is `internal`, with its cause for the log. */
export function knownProblem(error: unknown): Problem | InvalidInput {
  if (error instanceof Problem || error instanceof InvalidInput) return error
  if (error instanceof NotFoundError) return nothingHere()
  if (error instanceof ParseError) return new Problem('invalid_json', 'The body cannot be read.')
  // Of our own answer, which no client is to blame for.
  const isOurs = error instanceof ValidationError && error.type === 'response'
  if (error instanceof ValidationError && !isOurs) return invalidFieldsOf(error)
  if (error instanceof InvalidFileType) return new InvalidFields({ [error.property]: ['invalid'] })
  if (error instanceof InvalidCookieSignature) return new InvalidFields({ cookie: ['invalid'] })
  return new Problem('internal', 'Something went wrong on our side. Try again in a moment.', { cause: error })
}

export const nothingHere = () => new Problem('not_found', 'There is nothing at this address.')

/** What a schema of a route found, in the shape of every other invalid field. */
function invalidFieldsOf(error: ValidationError): InvalidFields {
  const fields = new Map<string, string[]>()
  for (const { path, value } of error.all) {
    const name = path.split('/')[1] || error.type
    if (!fields.has(name)) fields.set(name, [value === undefined ? 'required' : 'invalid'])
  }
  if (fields.size === 0) fields.set(error.type, ['invalid'])
  return new InvalidFields(Object.fromEntries(fields))
}
