import { t } from 'elysia'
import { concurrencyMax, endpointStates, perSecondMax } from '../../deliveries/endpoint.ts'
import { leadEvents } from '../../deliveries/lead.ts'
import { targetNames, targetOptions } from '../../deliveries/targets.ts'
import { fieldErrors, jsonAnswer, nameParameter, problem } from '../docs/answers.ts'
import { adminTag, changeAnswers, jsonRequest, noneOfThisName } from './change.ts'

const orNull = <T extends ReturnType<typeof t.String | typeof t.Number | typeof t.Integer>>(schema: T) =>
  t.Union([schema, t.Null()])
const oneOf = (names: readonly string[]) => t.Unsafe<string>({ type: 'string', enum: names })
const texts = t.Optional(t.Array(t.String({ maxLength: 256 }), { maxItems: 50 }))
const wanted = {
  events: t.Optional(
    t.Array(oneOf(leadEvents), {
      description: 'What to be told of; absent: all but changes that do not say whom to ring instead',
    }),
  ),
  campaign: texts,
  source: texts,
  variant: texts,
  language: texts,
  notices: t.Optional(
    t.Unsafe<string>({
      ...{ type: 'string', enum: ['also', 'only'] },
      description: 'What operators are to know of other endpoints: beside leads, or nothing else',
    }),
  ),
  suspect: t.Optional(t.Boolean({ description: "Leads that look like a robot's as well" })),
}
const ofTargets = Object.fromEntries(
  targetOptions.map(({ name, about }) => [
    name,
    t.Optional(t.String({ maxLength: 256, description: about })),
  ]),
)
const time = t.Optional(t.String({ maxLength: 40, description: 'Such as 2026-11-30T08:00Z' }))

const endpoint = t.Object({
  name: t.String(),
  target: oneOf(targetNames),
  host: t.String({ description: 'Of its address; the rest, headers and secret are never shown' }),
  state: oneOf(endpointStates),
  because: orNull(t.String()),
  since: t.String(),
  wanted: t.Object(wanted),
  concurrency: t.Integer(),
  per_second: orNull(t.Integer()),
  waiting: t.Integer(),
  oldest_waiting_s: t.Integer(),
  parked: t.Integer({ description: 'Given up, and kept for a recovery' }),
  last_day: t.Object({ delivered: t.Integer(), failed: t.Integer(), median_ms: orNull(t.Number()) }),
  last_failure: orNull(t.String()),
  last_failure_at: orNull(t.String()),
})

const attempt = t.Object({
  lead_id: t.String(),
  event: t.String(),
  attempt: t.Integer(),
  at: t.String(),
  took_ms: t.Integer(),
  outcome: t.String(),
  status: orNull(t.Integer()),
  because: orNull(t.String()),
  answer: orNull(t.String({ description: 'Its first 2 KB' })),
  answer_sha256: orNull(t.String()),
})

const addressFields = {
  url: t.Optional(t.String({ maxLength: 2_048 })),
  headers: t.Optional(t.Record(t.String({ maxLength: 64 }), t.String({ maxLength: 1_024 }))),
  ...ofTargets,
}
const onOne = { ...adminTag, parameters: [nameParameter('key', 'path')] }
const secretAnswer = t.Object({ secret: t.String({ description: 'Shown this once' }) })
const nothing = jsonRequest(t.Object({}), {})
const answers = {
  ...changeAnswers,
  400: {
    ...changeAnswers[400],
    description:
      'A field breaks a rule, the body is no JSON, or nothing can be delivered there (`not_deliverable`)',
  },
}

/** What the routes of deliveries say of themselves. */
export const details = {
  list: {
    ...adminTag,
    operationId: 'listEndpoints',
    summary: 'Everybody who is told of leads',
    responses: {
      200: jsonAnswer(
        'All endpoints, and since when nothing is sent because the database was put back',
        t.Object({ endpoints: t.Array(endpoint), held_since: orNull(t.String()) }),
      ),
    },
  },
  resumeAll: {
    ...adminTag,
    operationId: 'resumeAllDeliveries',
    summary: 'Send what waits, after the database was put back and deliveries were held',
    requestBody: jsonRequest(t.Object({ held: t.Literal(false) }), { held: false }),
    responses: {
      ...changeAnswers,
      200: jsonAnswer('What is due is sent', t.Object({ held: t.Literal(false) })),
    },
  },
  attempts: {
    ...adminTag,
    parameters: [
      nameParameter('key', 'path'),
      {
        name: 'lead_id',
        in: 'query' as const,
        required: false,
        schema: { type: 'string' as const, format: 'uuid', maxLength: 36, pattern: '^[0-9a-f-]{36}$' },
        description: 'Only those of this lead',
      },
    ],
    operationId: 'listAttempts',
    summary: 'The latest attempts at an endpoint, of the last 30 days',
    responses: {
      200: jsonAnswer('The attempts, the latest first', t.Object({ attempts: t.Array(attempt) })),
      400: jsonAnswer('`lead_id` is no id', fieldErrors),
      404: noneOfThisName,
    },
  },
  add: {
    ...onOne,
    operationId: 'addEndpoint',
    summary: 'Tell an address of every lead that is stored from now on',
    requestBody: jsonRequest(
      t.Object({
        ...addressFields,
        target: t.Optional(oneOf(targetNames)),
        secret: t.Optional(t.String({ maxLength: 94, description: 'One of your own; else one is made' })),
        thin: t.Optional(t.Boolean({ description: 'Id and state only, no phone' })),
        concurrency: t.Optional(t.Integer({ minimum: 1, maximum: concurrencyMax })),
        per_second: t.Optional(t.Integer({ minimum: 1, maximum: perSecondMax })),
        ...wanted,
      }),
      { url: 'https://crm.example.com/leads', campaign: ['summer'] },
    ),
    responses: {
      ...answers,
      200: jsonAnswer('It was added', t.Object({ name: t.String(), secret: t.Optional(t.String()) })),
    },
  },
  state: {
    ...onOne,
    operationId: 'setEndpointState',
    summary: 'Pause an endpoint, or go on',
    requestBody: jsonRequest(t.Object({ state: oneOf(['on', 'paused']) }), { state: 'paused' }),
    responses: { ...answers, 200: jsonAnswer('As it is now', t.Object({ state: oneOf(['on', 'paused']) })) },
  },
  recovery: {
    ...onOne,
    operationId: 'recoverEndpoint',
    summary: 'Put an endpoint on again, and send now what waits or was given up',
    requestBody: jsonRequest(t.Object({ since: time }), { since: '2026-11-30T08:00Z' }),
    responses: { ...answers, 200: jsonAnswer('So many go out', t.Object({ sent_again: t.Integer() })) },
  },
  replay: {
    ...onOne,
    operationId: 'replayDeliveries',
    summary: 'Send once more, under the same ids; without `really` they are only counted',
    requestBody: jsonRequest(
      t.Object({
        lead_id: t.Optional(t.String({ format: 'uuid' })),
        since: time,
        until: time,
        really: t.Optional(t.Boolean()),
      }),
      { since: '2026-11-30T08:00Z', until: '2026-11-30T09:00Z', really: true },
    ),
    responses: {
      ...answers,
      200: jsonAnswer(
        'So many go out, or would',
        t.Object({ sent_again: t.Optional(t.Integer()), would_be_sent_again: t.Optional(t.Integer()) }),
      ),
    },
  },
  address: {
    ...onOne,
    operationId: 'moveEndpoint',
    summary: 'Give an endpoint another address, token or header; all else stays, and what waits with it',
    requestBody: jsonRequest(t.Object(addressFields), { url: 'https://crm.example.com/new' }),
    responses: { ...answers, 200: jsonAnswer('It is reached there', t.Object({ name: t.String() })) },
  },
  secret: {
    ...onOne,
    operationId: 'rotateSecret',
    summary: 'Make a new secret; the one before signs beside it for a day',
    requestBody: nothing,
    responses: { ...answers, 200: jsonAnswer('The new one', secretAnswer) },
  },
  test: {
    ...onOne,
    operationId: 'testEndpoint',
    summary: 'Send a message that says nothing of anybody, and see what is answered',
    requestBody: nothing,
    responses: {
      ...answers,
      200: jsonAnswer(
        'What was sent and said, whether it was delivered or not',
        t.Object({
          delivered: t.Boolean(),
          because: orNull(t.String()),
          request: t.Object({ headers: t.Record(t.String(), t.String()), body: t.String() }),
          answer: t.Object({ status: t.Integer(), body: t.String() }),
          took_ms: t.Integer(),
        }),
      ),
    },
  },
  remove: {
    ...onOne,
    operationId: 'removeEndpoint',
    summary: 'Forget an endpoint, with all that it was still to be told',
    responses: {
      200: jsonAnswer('It is forgotten', t.Object({ removed: t.String() })),
      400: jsonAnswer('It cannot be', problem),
      404: noneOfThisName,
    },
  },
}
