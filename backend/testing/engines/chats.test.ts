import { afterAll, beforeAll, expect, test } from 'bun:test'
import { sql } from 'kysely'
import { createMemoryNews } from '../../memory/lead-news.ts'
import { endpointsOf } from '../../postgres/delivery-endpoints.ts'
import { createLeadTable } from '../../postgres/leads.ts'
import { botToken, type Chat, startDiscord, startSlack, startTeams, startTelegram } from '../stage/chats.ts'
import { addReceiver, startDelivering } from '../stage/deliveries.ts'
import { freshDatabase } from '../stage/engines.ts'
import { until } from '../stage/faults.ts'
import { makeLeads } from '../stage/leads.ts'

const { db } = await freshDatabase()
const key = 'k'.repeat(40)
const table = createLeadTable(db, { dedupWindowMs: 60_000, news: createMemoryNews() })
const chats = {
  slack: await startSlack(),
  discord: await startDiscord(),
  teams: await startTeams(),
  telegram: await startTelegram(),
}
const entries = Object.entries(chats) as [keyof typeof chats, Chat][]
const ids = new Map<string, string>()
const details = { attribution: { utm_campaign: 'تابستان ☀️ <b>&"=1+1"', utm_source: 'گوگل' }, language: 'fa' }
// Two, as many machines may share the work: the limits of a chat are for both together.
const workers = [1, 2].map(() => startDelivering(db, key))

beforeAll(async () => {
  for (const [target, { url }] of entries) {
    const own = target === 'telegram' && { token: botToken, chat: '77' }
    ids.set(target, await addReceiver(db, key, { url, trust() {} }, { target, ...own }))
  }
})
afterAll(async () => {
  await Promise.all([...workers, ...Object.values(chats)].map((each) => each.stop()))
})

/** How often each of these is shown there. */
const timesShown = (chat: Chat, leads: readonly { id: string }[]) =>
  leads.map(({ id }) => chat.shown.join('\n').split(id).length - 1)
const delivered = async (leads: readonly { id: string }[]) => {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from deliveries where state = 'delivered' and attempts > 0
      and lead_id = any(${leads.map(({ id }) => id)}::uuid[])`.execute(db)
  return rows[0]!.n
}
const stateOf = async (id: string) => (await endpointsOf(db)).find((endpoint) => endpoint.id === id)!
/** Of those that wait for another try, not of those that are on their way. */
const dueNow = () =>
  sql`
  update deliveries set next_attempt_at = now()
  where state = 'waiting' and next_attempt_at < now() + interval '15 s'`.execute(db)

test('a lead that comes alone is a message at once, in each chat, in Persian and with emoji as it was typed', async () => {
  const [lead] = makeLeads(1, { details })
  await table.store([lead!])
  for (const [target, chat] of entries) {
    await until(`${target} shows it`, () => chat.shown.length === 1)
    const [text] = chat.shown
    expect(text).toContain('New lead')
    for (const fact of [lead!.phone, 'تابستان ☀️ <b>&"=1+1"', 'گوگل', 'fa', lead!.id])
      expect(text).toContain(fact)
  }
})

test('leads that come faster than a chat takes messages come several in one, each in one, and hardly any is too many', async () => {
  const leads = makeLeads(30, { details })
  for (let from = 0; from < leads.length; from += 3) await table.store(leads.slice(from, from + 3))
  await until('all are delivered', async () => (await delivered(leads)) === 4 * leads.length)
  for (const [target, chat] of entries) {
    expect([target, timesShown(chat, leads)]).toEqual([target, leads.map(() => 1)])
    expect([target, chat.shown.length < 12]).toEqual([target, true])
    // A message that is slow on its way may have the next at its heels.
    expect([target, chat.refusals() < 3]).toEqual([target, true])
  }
  const { rows } = await sql<{ n: number; kept: number }>`
    select count(*)::int as n, count(distinct (endpoint_id, lead_id))::int as kept from delivery_attempts
    where outcome = 'delivered' and lead_id = any(${leads.map(({ id }) => id)}::uuid[])`.execute(db)
  expect(rows[0]).toEqual({ n: 120, kept: 120 })
})

test('what is too much is waited for as the chat says it, and nothing is lost or told twice', async () => {
  const busy = { message: 'You are being rate limited.', retry_after: 1.2, global: false }
  chats.discord.say({ status: 429, body: JSON.stringify(busy) })
  chats.slack.say({ status: 429, body: 'rate_limited', headers: { 'retry-after': '1' } })
  chats.teams.say({ status: 429, body: '', headers: { 'retry-after': '1' } })
  const parameters = { retry_after: 1 }
  chats.telegram.say({ status: 429, body: JSON.stringify({ ok: false, error_code: 429, parameters }) })
  const leads = makeLeads(3, { details })
  await table.store(leads)
  for (const [target, chat] of entries) await until(`${target} was asked`, () => chat.refusals() > 0)
  for (const chat of Object.values(chats)) chat.say(undefined)
  await until('all are delivered', async () => {
    await dueNow()
    return (await delivered(leads)) === 4 * leads.length
  })
  for (const [target, chat] of entries) expect([target, timesShown(chat, leads)]).toEqual([target, [1, 1, 1]])
})

const over = [
  ['slack', { status: 410, body: 'channel_is_archived' }, 'its channel is archived'],
  ['discord', { status: 404, body: '{"message":"Unknown Webhook","code":10015}' }, 'its webhook was deleted'],
  ['teams', { status: 404, body: '{"error":{"code":"WorkflowNotFound"}}' }, 'its workflow is deleted'],
  [
    'telegram',
    { status: 403, body: '{"ok":false,"description":"Forbidden: bot was blocked by the user"}' },
    'bot was blocked',
  ],
] as const

test('a chat that wants nothing any more is parked with its own words, and keeps every lead', async () => {
  for (const [target, answer] of over) chats[target].say(answer)
  const leads = makeLeads(2)
  await table.store(leads)
  for (const [target, , because] of over) {
    const id = ids.get(target)!
    await until(`${target} is parked`, async () => (await stateOf(id)).state === 'parked')
    expect((await stateOf(id)).because).toContain(because)
    await until('both leads wait', async () => {
      const { rows } = await sql`
        select from deliveries where endpoint_id = ${id} and state = 'waiting'
          and lead_id = any(${leads.map((lead) => lead.id)}::uuid[])`.execute(db)
      return rows.length === 2
    })
    chats[target].say(undefined)
  }
})

test('a group of Telegram that has become a supergroup is followed there', async () => {
  const { url } = chats.telegram
  const before = chats.telegram.shown.length
  const id = await addReceiver(
    db,
    key,
    { url, trust() {} },
    { target: 'telegram', token: botToken, chat: '-55' },
  )
  const [lead] = makeLeads(1)
  await table.store([lead!])
  await until('it was tried', async () => {
    const { rows } = await sql`
      select from delivery_attempts where endpoint_id = ${id} and because like '%another id now'`.execute(db)
    return rows.length === 1
  })
  await until('it is shown', async () => {
    await dueNow()
    await sql`update delivery_endpoints set turn_at = now() where id = ${id}`.execute(db)
    return chats.telegram.shown.length > before
  })
  expect(timesShown(chats.telegram, [lead!])).toEqual([1])
})
