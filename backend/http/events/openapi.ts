import { t } from 'elysia'
import { eventsPerRequestMax, ownEventTypes, valueMax } from '../../events/event.ts'
import { attributionLengthMax } from '../../leads/attribution.ts'
import { visitorIdLengthMax, visitorIdPattern } from '../../words/visitor-id.ts'
import { namePattern, wordLengthMax, wordPattern } from '../../words/word.ts'
import { fieldErrors, inputAnswer, jsonAnswer, keptAs, laterAnswer, problem } from '../docs/answers.ts'
import { bodyBytesMax } from './admission.ts'

const event = t.Object({
  event_type: t.String({
    pattern: namePattern.source,
    description: `${ownEventTypes.join(', ')}, or one of EVENT_TYPES`,
  }),
  visitor_id: t.Optional(
    t.String({
      maxLength: visitorIdLengthMax,
      pattern: visitorIdPattern.source,
      description: 'Of another client; the page has it in a cookie',
    }),
  ),
  variant: t.Optional(
    t.String({
      maxLength: wordLengthMax,
      pattern: wordPattern.source,
      description:
        'A word such as `hero.b`, with one variant for each experiment, or a variant such as `b`; the page has it in a cookie',
    }),
  ),
  experiment: keptAs(
    t.String({ pattern: namePattern.source, description: 'Of a variant without one; else the first' }),
  ),
  value: t.Optional(
    t.Number({
      minimum: -valueMax,
      maximum: valueMax,
      description: 'Web vitals: milliseconds, or the layout shift',
    }),
  ),
  url: keptAs(
    t.String({
      maxLength: bodyBytesMax,
      description: 'Kept without its query and without what could be a phone number',
    }),
  ),
  attribution: keptAs(
    t.Record(t.String(), t.String({ maxLength: attributionLengthMax('gclid') }), {
      description: 'As the fields of a submission',
    }),
  ),
})
const body: object = t.Union([event, t.Object({ events: t.Array(event, { maxItems: eventsPerRequestMax }) })])
const example = { visitor_id: 'v-1', variant: 'hero.b', event_type: 'cta_click' }

/** What the API document says of the route that takes events. */
export const eventsDetail = {
  tags: ['events'],
  operationId: 'sendEvents',
  summary: 'Tell what a visitor did',
  description:
    'One event, or up to 50 in `events`: all are kept, or none. A 202 means that they are durable. Also at `/api/e`. Taken as text/plain too, which is how browsers send beacons. Events of robots are kept and left out of results. `form_submit` is a conversion of a visitor who was exposed to the same variant before, by the page or by `/api/assign`.',
  requestBody: {
    required: true,
    content: {
      'application/json': { schema: body, example },
      'text/plain': {
        schema: { type: 'string' as const, maxLength: bodyBytesMax },
        example: JSON.stringify(example),
      },
    },
  },
  responses: {
    202: jsonAnswer('Kept', t.Object({ ok: t.Literal(true), accepted: t.Integer() }), {
      ok: true,
      accepted: 1,
    }),
    400: inputAnswer(
      'A field breaks a rule, or the body is not JSON. In a list, by the place of the event',
      { events: { 3: { event_type: ['unknown'] } } },
      t.Union([fieldErrors, t.Object({ events: t.Record(t.String(), fieldErrors) })]),
    ),
    403: jsonAnswer('Sent from a page on an origin that is not listed', problem),
    413: jsonAnswer('More than 32 KB', problem),
    415: jsonAnswer('Neither JSON nor plain text', problem),
    429: laterAnswer('Too many from this address'),
    503: laterAnswer('Nothing could take them; nothing was kept'),
  },
}
