import { type TObject, type TSchema, Type } from '@sinclair/typebox'
import { type DeliveryEvent, leadEvents } from './lead.ts'

/** By this a receiver can tell which fields to expect. They are only ever added to; `schemas.test.ts` has a copy that holds it. */
export const messageVersion = '2026-12'

export type Schema = TSchema

const text = (description?: string) => Type.String(description === undefined ? {} : { description })
const orNull = (description: string) => Type.Union([Type.String(), Type.Null()], { description })
const id = Type.String({ format: 'uuid', description: 'The lead: keep it, and know it again by this' })
const touch = (description: string) => Type.Record(Type.String(), Type.String(), { description })

const phone = Type.Object(
  {
    kept: text('As it is kept'),
    e164: orNull('Null where a number was typed without its country and `DEFAULT_REGION` is not set'),
    national: text('As people of its country write it'),
    tel: text('A link that rings it'),
    country: orNull('Two letters'),
  },
  { description: 'Its forms' },
)

const lead = (state: string) =>
  Type.Object({
    id,
    accepted_at: Type.String({ format: 'date-time', description: 'When its visitor sent it' }),
    state: text(state),
    phone,
    variant: orNull('The word of what the visitor was shown, such as `hero.b`'),
    language: orNull('Of the page'),
    consent: orNull('The version of the text that was agreed to'),
    suspect: Type.Array(Type.String(), { description: 'Why it looks like a robot’s; mostly empty' }),
    last_touch: touch('Where the visitor came from: `utm_source` and the like'),
    first_touch: touch('Where they came from the first time, if that was another'),
  })

const count = (description: string) => Type.Integer({ minimum: 0, description })
const counts = {
  leads: count('To be rung'),
  duplicates: count(
    'Taken, and found to be duplicates when they were stored; whom the page told so at once is not counted',
  ),
  suspects: count('Look like a robot’s'),
}

type Described = Readonly<{ when: string; data: TObject }>

/** What each event tells, and when. */
export const eventSchemas: Readonly<Record<DeliveryEvent | 'delivery.test', Described>> = {
  'lead.stored': { when: 'there is a new lead', data: lead('`new`, or `suspect` where you asked for those') },
  'lead.released': {
    when: 'an operator took a lead that looked like a robot’s for a person’s (`bun run leads:release ID`). Who has suspect leads sent to them had it before, by the same `data.id`',
    data: lead('`new`'),
  },
  'lead.updated': {
    when: 'a lead you were sent was corrected, for its visitor has sent another number; or, where you choose this event, its state was changed',
    data: Type.Object({
      id,
      state: text('`corrected`, or what it is now'),
      corrected_by: orNull('The id of the lead to ring instead'),
    }),
  },
  'lead.erased': {
    when: 'a lead that you were sent, or may have been, is to be forgotten: erase it, too',
    data: Type.Object({
      id,
      phone_hash: orNull('By this the operator finds it in what they keep; you need not'),
    }),
  },
  'operator.notice': {
    when: 'with `--notices`: another endpoint is in trouble, or well again. Once for each',
    data: Type.Object({
      endpoint: text('Its name'),
      trouble: Type.Union([Type.Literal('parked'), Type.Literal('late'), Type.Null()], {
        description:
          '`parked`: nothing is sent to it; `late`: leads wait for more than five minutes; null: it is well again',
      }),
      because: orNull('What it answered'),
      says: text('The same in words, with what to do'),
    }),
  },
  'report.daily': {
    when: 'a day is over, from seven in the morning of the next on, by `TIME_ZONE`. Mailboxes get it by themselves, others where you choose it',
    data: Type.Object({
      date: Type.String({ format: 'date', description: 'The day' }),
      time_zone: text('In which it was that day'),
      ...counts,
      by_source: Type.Array(Type.Object({ source: text('`utm_source`, or empty'), ...counts }), {
        description: 'The same by source, the most leads first',
      }),
    }),
  },
  'delivery.test': {
    when: 'an operator asked for it',
    data: Type.Object({ endpoint: text('Its name'), says: text() }),
  },
}

export const eventNames = [...leadEvents, 'operator.notice', 'delivery.test'] as const

/** The body of a request that tells of one event. */
export const bodySchema = (event: keyof typeof eventSchemas): TObject =>
  Type.Object({
    type: Type.Literal(event),
    timestamp: Type.String({
      format: 'date-time',
      description: 'When it happened; the same in every attempt',
    }),
    data: eventSchemas[event].data,
  })

/** The body of a request to an endpoint with `--batch`. */
export const batchSchema = Type.Object({
  type: Type.Literal('batch'),
  timestamp: Type.String({ format: 'date-time', description: 'Of the latest in it' }),
  data: Type.Array(
    Type.Union(
      eventNames.map((event) =>
        Type.Object({
          id: text('What `webhook-id` is where it comes alone: leave out what you have'),
          ...bodySchema(event).properties,
        }),
      ),
    ),
    { description: 'At most as many as were asked for', minItems: 1, maxItems: 100 },
  ),
})

/** What an endpoint with `--thin` is told in place of `data`. */
export const thinSchemas: Readonly<Record<DeliveryEvent | 'delivery.test', TObject>> = {
  'lead.stored': Type.Object({ id, state: text(), status_url: text('Where its state can be asked') }),
  'lead.released': Type.Object({ id, state: text(), status_url: text('Where its state can be asked') }),
  'lead.updated': Type.Object({
    ...eventSchemas['lead.updated'].data.properties,
    status_url: text('Where its state can be asked'),
  }),
  'lead.erased': eventSchemas['lead.erased'].data,
  'operator.notice': eventSchemas['operator.notice'].data,
  'report.daily': eventSchemas['report.daily'].data,
  'delivery.test': eventSchemas['delivery.test'].data,
}
