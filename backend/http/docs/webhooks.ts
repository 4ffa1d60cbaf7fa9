import { bodySchema, eventNames, eventSchemas, messageVersion } from '../../deliveries/schemas.ts'

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
export const webhooks = Object.fromEntries(
  eventNames.map((event) => [
    event,
    {
      post: {
        tags: ['deliveries'],
        operationId: `receive ${event}`.replaceAll(/\W(\w)/g, (_, letter: string) => letter.toUpperCase()),
        summary: `Sent when ${eventSchemas[event].when}`,
        parameters,
        requestBody: { required: true, content: { 'application/json': { schema: bodySchema(event) } } },
        responses: {
          '2XX': { description: 'You have it' },
          410: { description: 'You want nothing any more: the endpoint is parked' },
          default: { description: 'It is sent again later' },
        },
      },
    },
  ]),
)
