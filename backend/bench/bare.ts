import { randomUUID } from 'node:crypto'
import { fsync, openSync, writeSync } from 'node:fs'
import { promisify } from 'node:util'
import { Elysia, t } from 'elysia'
import { createGroupCommit } from '../batching/group-commit.ts'

/**
 * What the line is measured against: the least that a handler with the same contract can do. It parses, validates and
 * answers the same bytes, and keeps nothing. With BENCH_JOURNAL, the path of a file, whoever submits waits until one line is
 * written there and forced to the disk for all who came at once: the least that a promise can cost on this disk.
 */
const text = t.Optional(t.String({ maxLength: 256 }))
const headers = { 'content-type': 'application/json', vary: 'Origin' }
const journal = process.env.BENCH_JOURNAL
const written = journal === undefined ? undefined : journalled(journal)

function journalled(path: string): () => Promise<unknown> {
  const file = openSync(path, 'a')
  const toDisk = promisify(fsync)
  const group = createGroupCommit<undefined, undefined>({
    async commit(items) {
      writeSync(file, `${randomUUID()} ${items.length}\n`)
      await toDisk(file)
      return items
    },
    sizeOf: () => 1,
    ...{ itemsMax: 100_000, sizeMax: 100_000, inFlightMax: 1, waitingMax: 100_000 },
  })
  return () => group.join(undefined)
}

const answer = () =>
  new Response(`{"ok":true,"queued":true,"duplicate":false,"id":"${randomUUID()}"}`, {
    status: 202,
    headers,
  })

new Elysia()
  .get('/livez', () => 'ok')
  .post('/api/leads', written ? () => written().then(answer) : answer, {
    body: t.Object({
      phone: t.String({ pattern: '^\\+?[0-9]{10,15}$' }),
      utm_source: text,
      utm_medium: text,
      utm_campaign: text,
    }),
  })
  .post('/api/events', () => new Response('{"ok":true,"accepted":1}', { status: 202, headers }), {
    body: t.Object({
      visitor_id: t.String({ pattern: '^[\\x21-\\x7e]{1,128}$' }),
      variant: t.String({ pattern: '^[\\w.-]{1,512}$' }),
      event_type: t.Union([t.Literal('page_view'), t.Literal('cta_click'), t.Literal('form_submit')]),
      url: text,
    }),
  })
  .listen({ port: Number(process.env.PORT), hostname: process.env.LISTEN_ADDRESS })
