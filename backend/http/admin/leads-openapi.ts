import { t } from 'elysia'
import { leadStates, noteLengthMax, workStates } from '../../desk/work.ts'
import { devices } from '../../words/device.ts'
import { fieldErrors, jsonAnswer, problem } from '../docs/answers.ts'
import { adminTag, changeAnswers, jsonRequest } from './change.ts'

const oneOf = (names: readonly string[]) => t.Unsafe<string>({ type: 'string', enum: names })
const orNull = <T extends ReturnType<typeof t.String>>(schema: T) => t.Union([schema, t.Null()])
const lead = t.Object({
  id: t.String(),
  accepted_at: t.String(),
  phone: t.String({ description: 'Masked: its last four digits' }),
  state: oneOf(leadStates),
  source: orNull(t.String()),
  campaign: orNull(t.String()),
  first_source: orNull(t.String({ description: 'Of the first visit, where another brought them' })),
  first_campaign: orNull(t.String()),
  variant: orNull(t.String()),
  language: orNull(t.String()),
  device: orNull(t.String({ description: `Of its browser: ${devices.join(', ')}` })),
  landing: orNull(t.String({ description: 'The path of the page that its visitor came to' })),
  suspect: t.Boolean({ description: 'It looked like that of a robot when it came' }),
  owner: t.Union([t.Object({ id: t.String(), name: t.String() }), t.Null()]),
  notes: t.Integer(),
})
const note = t.Object({ id: t.String(), by: t.String(), at: t.String(), text: t.String() })
const step = t.Object({
  at: t.String(),
  kind: oneOf(['came', 'stored', 'done', 'told']),
  by: t.Optional(t.String()),
  what: t.Optional(t.Record(t.String(), t.Any())),
})
const figure = t.Object({
  name: orNull(t.String()),
  leads: t.Integer(),
  median_s: t.Number(),
  within_5_min: t.Integer(),
})
const unknown = jsonAnswer('There is no lead of this id', problem)
const theLead = jsonAnswer('The lead as it is now', t.Object({ lead }))
const nothing = jsonRequest(t.Object({}), {})
const onOne = {
  ...adminTag,
  parameters: [
    { name: 'id', in: 'path' as const, required: true, schema: { type: 'string' as const, format: 'uuid' } },
  ],
}
const moment = { type: 'string', maxLength: 40, pattern: '^\\d{4}-\\d\\d-\\d\\d' }
const text = { type: 'string', maxLength: 256 }
const query = (name: string, description: string, schema: object = text) => ({
  ...{ name, in: 'query' as const, required: false, schema, description },
})

/** What the routes of leads say of themselves. */
export const details = {
  list: {
    ...adminTag,
    operationId: 'listLeads',
    summary: 'The leads, the latest first, 50 at a time',
    description:
      'Without `state` all but those that were corrected. Phones are masked. `counts` comes with the first page alone; where there are more than 10,000 it says so, and where counting takes long it is null.',
    parameters: [
      query(
        'q',
        'A phone in any spelling, or its last 4 to 8 digits, in any figures; without `leads.reveal` or `leads.export` its last 4 alone',
      ),
      query('state', 'Only these', { type: 'string', enum: leadStates }),
      query('variant', 'Only who was shown this'),
      query('source', 'Only of this `utm_source`'),
      query('campaign', 'Only of this `utm_campaign`'),
      query('language', 'Only of this language'),
      query('suspect', 'Only who looked like a robot, or only who did not', {
        type: 'string',
        enum: ['true', 'false'],
      }),
      query('owner', 'Only who this operator works on, or `me`', {
        ...{ type: 'string', pattern: '^(me|[0-9a-f-]{36})$' },
      }),
      query(
        'since',
        'From this day or moment on, or `7d`: from the day seven days ago; days begin in `TIME_ZONE`',
        {
          ...moment,
          pattern: `${moment.pattern}|^\\d{1,3}d$`,
        },
      ),
      query('until', 'Up to this day or moment', moment),
      query('after', 'What follows: `next` of the page before, under the same filter'),
    ],
    responses: {
      200: jsonAnswer(
        'The leads',
        t.Object({
          data: t.Array(lead),
          next: orNull(t.String()),
          counts: t.Union([t.Object({ matching: t.Integer(), exact: t.Boolean() }), t.Null()]),
        }),
      ),
      400: jsonAnswer('A parameter breaks a rule, or `after` is of another filter', fieldErrors, {
        after: ['stale_cursor'],
      }),
    },
  },
  one: {
    ...onOne,
    operationId: 'getLead',
    summary: 'One lead, with its notes and all that became of it, the latest first',
    responses: {
      200: jsonAnswer('The lead', t.Object({ lead, notes: t.Array(note), timeline: t.Array(step) })),
      404: unknown,
    },
  },
  requests: {
    ...onOne,
    operationId: 'getLeadRequests',
    summary: 'The last 20 requests that came with the phone of a lead, as the request log has them',
    description: 'No phone stands in them, and addresses are masked. Empty where there is no request log.',
    responses: {
      200: jsonAnswer(
        'The requests, the latest first',
        t.Object({
          data: t.Array(
            t.Object({
              at: t.String(),
              outcome: t.String(),
              address: t.String(),
              device: t.String(),
            }),
          ),
        }),
      ),
      404: unknown,
    },
  },
  speed: {
    ...adminTag,
    operationId: 'speedToLead',
    summary: 'How long leads waited for their first call',
    description: 'Of those that came since then and were called; without `since` of seven days.',
    parameters: [query('since', 'Who came from this day or moment on', moment)],
    responses: {
      200: jsonAnswer(
        'In all, by whoever called, by campaign, and by the hour in which they came',
        t.Object({
          since: t.String(),
          all: t.Union([figure, t.Null()]),
          by_caller: t.Array(figure),
          by_campaign: t.Array(figure),
          by_hour: t.Array(figure),
        }),
      ),
      400: jsonAnswer('A parameter breaks a rule', fieldErrors, { since: ['not_a_time'] }),
    },
  },
  reveal: {
    ...onOne,
    operationId: 'revealPhone',
    summary: 'The phone of a lead; the audit says who saw it',
    requestBody: nothing,
    responses: {
      ...changeAnswers,
      200: jsonAnswer('The phone', t.Object({ phone: t.String() })),
      404: unknown,
    },
  },
  next: {
    ...adminTag,
    operationId: 'takeNextLead',
    summary: 'Take the latest lead that nobody works on',
    description:
      'Never one lead to two operators. The one taken before is given again while it is new; after 30 minutes in which nothing became of it, it is given to others.',
    requestBody: nothing,
    responses: {
      ...changeAnswers,
      200: jsonAnswer('The lead, or that there is none', t.Object({ lead: t.Union([lead, t.Null()]) })),
    },
  },
  state: {
    ...onOne,
    operationId: 'setLeadState',
    summary: 'Say what became of a lead; whoever is told of leads hears of it',
    description:
      'From what it was seen to be: so two do not overwrite one another. The same the other way round with `undo` undoes it: where it counted as the first call, nobody has called. So it is as well where a lead is made new again. A suspect lead can only be made new, which has it delivered.',
    requestBody: jsonRequest(
      t.Object({ was: oneOf(leadStates), state: oneOf(workStates), undo: t.Optional(t.Boolean()) }),
      { was: 'new', state: 'called' },
    ),
    responses: {
      ...changeAnswers,
      200: theLead,
      404: unknown,
      409: jsonAnswer('`changed_meanwhile`: it is not what it was seen to be', problem),
    },
  },
  note: {
    ...onOne,
    operationId: 'addNote',
    summary: 'Write a note on a lead',
    requestBody: jsonRequest(t.Object({ text: t.String({ maxLength: noteLengthMax }) }), {
      text: 'Wants to be called after six.',
    }),
    responses: { ...changeAnswers, 200: theLead, 404: unknown },
  },
  giveBack: {
    ...onOne,
    operationId: 'giveLeadBack',
    summary: 'Give back a lead that was taken and not worked on',
    responses: { 200: theLead, 404: unknown },
  },
}
