import { randomUUID } from 'node:crypto'
import { Elysia, t } from 'elysia'

/**
 * What the line is measured against: the least that a handler with the same contract can do. It parses, validates and
 * answers the same bytes, and keeps nothing.
 */
const text = t.Optional(t.String({ maxLength: 256 }))
const headers = { 'content-type': 'application/json', vary: 'Origin' }

new Elysia()
  .get('/livez', () => 'ok')
  .post(
    '/api/leads',
    () =>
      new Response(`{"ok":true,"queued":true,"duplicate":false,"id":"${randomUUID()}"}`, {
        status: 202,
        headers,
      }),
    {
      body: t.Object({
        phone: t.String({ pattern: '^\\+?[0-9]{10,15}$' }),
        utm_source: text,
        utm_medium: text,
        utm_campaign: text,
      }),
    },
  )
  .post('/api/events', () => new Response('{"ok":true,"accepted":1}', { status: 202, headers }), {
    body: t.Object({
      visitor_id: t.String({ pattern: '^[\\x21-\\x7e]{1,128}$' }),
      variant: t.String({ pattern: '^[\\w.-]{1,512}$' }),
      event_type: t.Union([t.Literal('page_view'), t.Literal('cta_click'), t.Literal('form_submit')]),
      url: text,
    }),
  })
  .listen({ port: Number(process.env.PORT), hostname: process.env.LISTEN_ADDRESS })
