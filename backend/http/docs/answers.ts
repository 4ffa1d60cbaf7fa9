import { STATUS_CODES } from 'node:http'
import { t } from 'elysia'
import { problemCodes } from '../../problem.ts'
import { namePattern } from '../../words/word.ts'

/** The body of a failure that names fields. */
export const fieldErrors = t.Record(t.String(), t.Array(t.String()))

/** The body of any other failure. */
export const problem = t.Object({
  error: t.Object({
    code: t.Unsafe<string>({ type: 'string', enum: problemCodes }),
    message: t.String(),
    requestId: t.String(),
  }),
})

/** An answer with a JSON body, for a route's `detail.responses`. */
export const jsonAnswer = (description: string, schema: object, example?: unknown) => ({
  description,
  content: { 'application/json': { schema, ...(example === undefined ? {} : { example }) } },
})

// Which fields an answer to input names, by the schema of that answer.
const inputSchemas = new WeakMap<object, typeof fieldErrors>()

/** The 400 of a route that reads JSON: the fields that are wrong, here `example`, or that it is none. */
export function inputAnswer(description: string, example: unknown, fields: object = fieldErrors) {
  const named = fields as typeof fieldErrors
  const schema = t.Union([named, problem])
  inputSchemas.set(schema, named)
  return {
    description,
    content: {
      'application/json': {
        schema,
        examples: {
          fields: { value: example },
          invalid_json: {
            value: {
              error: {
                code: 'invalid_json',
                message: 'The body is not valid JSON.',
                requestId: '5f0c6d52-6f0a-4d0e-9a53-0d6d1c6f4a43',
              },
            },
          },
        },
      },
    },
  }
}

/** What is kept of a field that refuses nothing: whatever is not so is left out. */
export const keptAs = (kept: object) => t.Optional(t.Unsafe<unknown>({ anyOf: [kept, {}] }))

const namesInQuery = '^[A-Za-z0-9_]{0,32}$'

/** A parameter of an address that is the name of something. */
export const nameParameter = (name: string, at: 'path' | 'query', description?: string) => ({
  name,
  in: at,
  required: at === 'path',
  // Read without regard to case behind a question mark, and empty as if it were not there.
  schema: { type: 'string' as const, pattern: at === 'path' ? namePattern.source : namesInQuery },
  ...(description && { description }),
})

/** Answers that tell how long to wait. */
export const laterAnswer = (description: string) => ({
  ...jsonAnswer(description, problem),
  headers: { 'Retry-After': { description: 'Seconds to wait', schema: { type: 'integer' as const } } },
})

type Described = Readonly<{
  schema: object
  examples?: Readonly<Record<string, Readonly<{ value: Readonly<Record<string, unknown>> }>>>
}>

/** The failures among these answers as RFC 9457 has them: with `type`, `title`, `status`, `code` and `detail` in the body. */
export function asProblems(responses: object): object {
  const all = responses as Record<string, { content?: Record<string, Described> }>
  return Object.fromEntries(
    Object.entries(all).map(([status, answer]) => {
      const body = answer.content?.['application/json']
      if (Number(status) < 400 || !body) return [status, answer]
      const schema = { allOf: [problemMembers, besideMembers(body.schema)] }
      const examples = Object.entries(body.examples ?? {}).map(([name, { value }]) => [
        name,
        { value: { ...exampleOf(Number(status), value), ...value } },
      ])
      const document = { schema, ...(examples.length > 0 && { examples: Object.fromEntries(examples) }) }
      return [status, { ...answer, content: { 'application/problem+json': document } }]
    }),
  )
}

/** Fields that stand beside members, such as `title`, could have the name of one: `errors` has them all. */
function besideMembers(schema: object): object {
  if (schema === fieldErrors) return t.Object({ errors: fieldErrors })
  const input = inputSchemas.get(schema)
  return input ? t.Union([t.Object({ errors: input }), problem]) : schema
}

function exampleOf(status: number, { error }: Readonly<{ error?: unknown }>) {
  const told = error as Readonly<{ code: string; message: string }> | undefined
  return {
    ...{ type: 'about:blank', title: STATUS_CODES[status], status },
    code: told?.code ?? 'invalid_fields',
    detail: told?.message ?? 'Fields break a rule; `errors` names them.',
    requestId: '5f0c6d52-6f0a-4d0e-9a53-0d6d1c6f4a43',
  }
}

const problemMembers = t.Object({
  type: t.String(),
  title: t.String(),
  status: t.Integer(),
  code: t.String(),
  detail: t.String(),
  requestId: t.String(),
})
