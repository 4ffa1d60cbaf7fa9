import { t } from 'elysia'

/** The body of a failure that names fields. */
export const fieldErrors = t.Record(t.String(), t.Array(t.String()))

/** The body of any other failure. */
export const problem = t.Object({
  error: t.Object({ code: t.String(), message: t.String(), requestId: t.String() }),
})

/** An answer with a JSON body, for a route's `detail.responses`. */
export const jsonAnswer = (description: string, schema: object, example?: unknown) => ({
  description,
  content: { 'application/json': { schema, ...(example === undefined ? {} : { example }) } },
})

/** Answers that tell how long to wait. */
export const laterAnswer = (description: string) => ({
  ...jsonAnswer(description, problem),
  headers: { 'Retry-After': { description: 'Seconds to wait', schema: { type: 'integer' as const } } },
})
