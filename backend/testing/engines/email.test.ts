import { afterAll, expect, test } from 'bun:test'
import { sql } from 'kysely'
import { createMemoryNews } from '../../memory/lead-news.ts'
import { recover } from '../../postgres/delivery-again.ts'
import { endpointsOf, setEndpointState } from '../../postgres/delivery-endpoints.ts'
import { writeDailyReports } from '../../postgres/delivery-report.ts'
import { createLeadTable } from '../../postgres/leads.ts'
import { addEndpointFor, startDelivering } from '../stage/deliveries.ts'
import { freshDatabase } from '../stage/engines.ts'
import { until } from '../stage/faults.ts'
import { makeLeads } from '../stage/leads.ts'
import { startMailServer } from '../stage/mail-server.ts'

const { db } = await freshDatabase()
const key = 'k'.repeat(40)
const table = createLeadTable(db, { dedupWindowMs: 60_000, news: createMemoryNews() })
const server = await startMailServer()
const { id } = await addEndpointFor(db, key, {
  url: `smtp://localhost:${server.port}`,
  ...{ to: 'sales@example.com', from: 'leads@example.com', every: '86400' },
})
const running = [
  startDelivering(db, key, { allow: ['localhost'] }),
  startDelivering(db, key, { allow: ['localhost'] }),
]
afterAll(async () => {
  await Promise.all(running.map((each) => each.stop()))
  await server.stop()
})

const details = { attribution: { utm_campaign: 'تابستان ☀️' }, language: 'fa' }
/** As if the pause between two mails were over, and what failed were due. */
const nextTurn = async () => {
  await sql`update delivery_endpoints set turn_at = now()`.execute(db)
  await sql`update deliveries set next_attempt_at = now() where state = 'waiting' and because is not null`.execute(
    db,
  )
}
const tellsOf = (html: string, ids: readonly string[]) => ids.filter((each) => html.split(each).length === 2)
const count = async (state: string) =>
  (await sql`select from deliveries where state = ${state}`.execute(db)).rows.length

test('the first lead goes at once, those that follow go in one mail, each in one mail of two workers', async () => {
  const first = makeLeads(1, { details })
  await table.store(first)
  await until('the first mail is there', () => server.mails.length === 1)
  const more = makeLeads(60, { details })
  for (let from = 0; from < more.length; from += 20) await table.store(more.slice(from, from + 20))
  await until('they wait', async () => (await count('waiting')) === more.length)
  expect(server.mails).toHaveLength(1)
  await nextTurn()
  await until('the second mail is there', () => server.mails.length === 2)
  await until('all are delivered', async () => (await count('delivered')) === 61)
  const [one, digest] = server.mails
  expect(one!.headers.get('subject')).toStartWith('New lead: ')
  expect(tellsOf(one!.html, [first[0]!.id])).toHaveLength(1)
  expect(digest!.headers.get('subject')).toBe('60 new leads')
  const ids = more.map((lead) => lead.id)
  expect([tellsOf(digest!.html, ids).length, tellsOf(digest!.text, ids).length]).toEqual([60, 60])
  for (const part of [digest!.text, digest!.html]) expect(part).toContain('تابستان ☀️')
  expect(server.mails.every(({ secure, to }) => secure && to.join() === 'sales@example.com')).toBe(true)
})

test('a day is told of once, by source, in the zone of the installation, from seven in the morning on', async () => {
  const before = server.mails.length
  const at = (time: string) => writeDailyReports(db, 'Asia/Tehran', new Date(time))
  // The leads above came today: tomorrow they are those of yesterday.
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Tehran' }).format(new Date())
  const tomorrow = new Date(Date.parse(`${today}T00:00:00+03:30`) + 86_400_000).getTime()
  const hoursAfter = (hours: number) => new Date(tomorrow + hours * 3_600_000).toISOString()
  await at(hoursAfter(6.9))
  expect(await count('waiting')).toBe(0)
  for (let times = 0; times < 3; times++) await at(hoursAfter(7.1))
  expect(await count('waiting')).toBe(1)
  await nextTurn()
  await until('it is there', () => server.mails.length === before + 1)
  expect(server.mails.at(-1)!.headers.get('subject')).toBe(`${today}: 61 leads`)
  expect(server.mails.at(-1)!.text).toContain('no source: 61 leads')
  await until('it is delivered', async () => (await count('waiting')) === 0)
  await at(hoursAfter(9))
  expect(await count('waiting')).toBe(0)
  await sql`delete from deliveries where event = 'report.daily'`.execute(db)
})

test('a server that takes nothing now gets the same mail later; one that says no for good parks the endpoint and loses nothing', async () => {
  const before = server.mails.length
  server.behave(() => ({ code: 451, says: '4.7.1 greylisted' }))
  const leads = makeLeads(3)
  await table.store(leads)
  await nextTurn()
  await until('it was refused for now', async () => {
    const { rows } = await sql<{
      because: string
    }>`select because from deliveries where state = 'waiting'`.execute(db)
    return rows.length === 3 && rows.every(({ because }) => because?.includes('451'))
  })
  server.behave(() => ({ code: 550, says: '5.1.1 nobody of that name' }))
  await nextTurn()
  await until('it is parked', async () => (await endpointsOf(db))[0]!.state === 'parked')
  expect((await endpointsOf(db))[0]!.because).toContain('nobody of that name')
  await until('all wait', async () => (await count('waiting')) === 3)
  server.behave(() => undefined)
  await recover(db, id, undefined)
  await setEndpointState(db, id, 'on')
  await nextTurn()
  await until('it is delivered', async () => (await count('delivered')) === 64)
  const said = server.mails.slice(before).map(
    ({ html }) =>
      tellsOf(
        html,
        leads.map((lead) => lead.id),
      ).length,
  )
  expect(said.reduce((sum, each) => sum + each, 0)).toBe(3)
})
