import { afterAll, expect, test } from 'bun:test'
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { readEndpoint, sealSettings } from '../../deliveries/endpoint.ts'
import { newSecret } from '../../deliveries/signature.ts'
import { createMemoryNews } from '../../memory/lead-news.ts'
import { replay } from '../../postgres/delivery-again.ts'
import { addEndpoint } from '../../postgres/delivery-endpoints.ts'
import { createLeadTable } from '../../postgres/leads.ts'
import { createSeal } from '../../seal.ts'
import { textOf } from '../house/sources.ts'
import { startDelivering } from '../stage/deliveries.ts'
import { freshDatabase } from '../stage/engines.ts'
import { until } from '../stage/faults.ts'
import { makeLeads } from '../stage/leads.ts'
import { startReceiver } from '../stage/receiver.ts'

const { db } = await freshDatabase()
const key = 'k'.repeat(40)
const secret = newSecret()

/** The script of the docs, on a sheet that is a list of rows. */
function scriptOf(docs: string) {
  const source = /```js\n([\s\S]*?)```/.exec(docs)![1]!.replace('whsec_…', secret)
  const rows: string[][] = []
  const shown = (cell: unknown) => String(cell).replace(/^'/, '')
  const sheet = {
    getLastRow: () => rows.length,
    appendRow: (cells: unknown[]) => rows.push(cells.map(shown)),
    deleteRow: (row: number) => rows.splice(row - 1, 1),
    getRange: (row: string | number, column: number) => ({
      createTextFinder: (text: string) => ({
        matchEntireCell: () => ({
          findNext() {
            const at = rows.findIndex((cells) => cells[0] === text)
            return at < 0 ? null : { getRow: () => at + 1 }
          },
        }),
      }),
      setValue: (value: unknown) => {
        rows[(row as number) - 1]![column - 1] = shown(value)
      },
    }),
  }
  const google = {
    SpreadsheetApp: { getActiveSpreadsheet: () => ({ getSheets: () => [sheet] }), flush() {} },
    LockService: { getScriptLock: () => ({ waitLock() {}, releaseLock() {} }) },
    ContentService: { createTextOutput: (text: string) => text },
  }
  const doPost = new Function(...Object.keys(google), `${source}\nreturn doPost`)(...Object.values(google))
  return { rows, doPost: doPost as (event: { postData: { contents: string } }) => unknown }
}

const script = scriptOf(textOf('docs/deliveries.md'))
let losesAnswers = 2
// As Google answers: what was worked off with a redirect to its output, what failed with a page.
const google = await startReceiver(({ body }) => {
  try {
    script.doPost({ postData: { contents: body } })
  } catch (error) {
    return new Response(`<html>${error}</html>`)
  }
  if (losesAnswers-- > 0) return 'breaks off'
  const location = 'https://script.googleusercontent.com/macros/echo?user_content_key=x'
  return new Response(null, { status: 302, headers: { location } })
})
const running = startDelivering(db, key)
afterAll(async () => {
  await running.stop()
  await google.stop()
})

const id = randomUUID()
const endpoint = readEndpoint(
  { name: 'sheet', target: 'google-sheets', url: google.url, secret },
  { id, secret },
)
await addEndpoint(db, { ...endpoint, sealed: sealSettings(createSeal(key), id, endpoint.settings) })
const table = createLeadTable(db, { dedupWindowMs: 60_000, news: createMemoryNews() })
const isSettled = async (count: number) => {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from deliveries where state = 'delivered'`.execute(db)
  return rows[0]!.n === count
}

test('by the script of the docs each lead is one row, however often it is sent, and looks as it was typed', async () => {
  const leads = makeLeads(5, {
    details: { attribution: { utm_campaign: 'تابستان ☀️', utm_source: '=HYPERLINK("x")' }, language: 'fa' },
  })
  await table.store(leads)
  await until('Google was asked for each', () => google.count() >= 5)
  await until('nothing waits', async () => {
    await sql`update deliveries set next_attempt_at = now() where state = 'waiting' and next_attempt_at > now() + interval '1 s' and next_attempt_at < now() + interval '10 s'`.execute(
      db,
    )
    return isSettled(5)
  })
  expect(google.count()).toBeGreaterThan(5)
  expect(await replay(db, id, { since: new Date(0) }, true)).toBe(5)
  const before = google.count()
  await until('all were sent again', () => google.count() === before + 5)
  await until('nothing waits', () => isSettled(5))
  const [headings, ...rows] = script.rows
  expect(headings).toEqual([
    'id',
    'time',
    'phone',
    'national',
    'campaign',
    'source',
    'variant',
    'language',
    'state',
  ])
  expect(rows.map(([leadId]) => leadId).toSorted()).toEqual(leads.map((lead) => lead.id).toSorted())
  for (const row of rows) {
    const { phone } = leads.find((lead) => lead.id === row[0])!
    expect([row[2], row[4], row[5], row[7], row[8]]).toEqual([
      phone,
      'تابستان ☀️',
      '=HYPERLINK("x")',
      'fa',
      'new',
    ])
  }
})

test('a script with another secret writes nothing, and the lead waits', async () => {
  const other = scriptOf(textOf('docs/deliveries.md').replace("'whsec_…'", "'another'"))
  google.behave(({ body }) => {
    try {
      other.doPost({ postData: { contents: body } })
    } catch (error) {
      return new Response(`<html>${error}</html>`)
    }
    return new Response('it was written')
  })
  await table.store(makeLeads(1))
  await until('it is kept why it waits', async () => {
    const { rows } = await sql`
      select from deliveries where state = 'waiting' and because like 'the script failed or has another secret%'`.execute(
      db,
    )
    return rows.length === 1
  })
  expect(other.rows).toEqual([])
})
