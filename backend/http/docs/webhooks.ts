import {
  batchSchema,
  bodySchema,
  eventNames,
  eventSchemas,
  messageVersion,
} from '../../deliveries/schemas.ts'

const header = (name: string, description: string) => ({
  name,
  in: 'header' as const,
  required: true,
  schema: { type: 'string' as const },
  description,
})

const parameters = [
  header('webhook-id', 'The same in every attempt: leave out what you have'),
  header('webhook-timestamp', 'Of this attempt, in seconds'),
  header('webhook-signature', 'As Standard Webhooks 1.0 describes it'),
  header('landfast-version', `Of these fields, now ${messageVersion}; they are only ever added to`),
]

/** What we ask of others: the webhooks of the document. */
export const webhooks = Object.fromEntries([
  ...eventNames.map((event) => [
    event,
    hook(event, `Sent when ${eventSchemas[event].when}`, bodySchema(event)),
  ]),
  ['batch', hook('batch', 'Sent where you asked for batches, in place of all others', batchSchema)],
])

function hook(name: string, summary: string, schema: object) {
  return {
    post: {
      tags: ['deliveries'],
      operationId: `receive ${name}`.replaceAll(/\W(\w)/g, (_, letter: string) => letter.toUpperCase()),
      summary,
      parameters,
      requestBody: { required: true, content: { 'application/json': { schema } } },
      responses: {
        '2XX': { description: 'You have it' },
        410: { description: 'You want nothing any more: the endpoint is parked' },
        default: { description: 'It is sent again later' },
      },
    },
  }
}
