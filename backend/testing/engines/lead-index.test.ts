import { expect, test } from 'bun:test'
import { sql } from 'kysely'
import type { LeadFilter, LeadPlace } from '../../desk/work.ts'
import type { Lead } from '../../leads/lead.ts'
import { createMemoryNews } from '../../memory/lead-news.ts'
import { createCorrectionTable } from '../../postgres/corrections.ts'
import { firstOf } from '../../postgres/lead-counts.ts'
import { createLeadDesk } from '../../postgres/lead-desk.ts'
import { indexLeads } from '../../postgres/lead-index.ts'
import { pruneLeads } from '../../postgres/lead-retention.ts'
import { createLeadTable } from '../../postgres/leads.ts'
import { leadsOfPhones } from '../../postgres/leads-of-phones.ts'
import { freshDatabase } from '../stage/engines.ts'
import { makeLeads } from '../stage/leads.ts'
import { told } from '../stage/told.ts'

const { db } = await freshDatabase()
const desk = createLeadDesk(db)
const table = createLeadTable(db, { dedupWindowMs: 60_000, news: createMemoryNews() })
const noPause = async () => {}
const ann = { kind: 'operator', id: crypto.randomUUID(), name: 'Ann' } as const
const startMs = Date.now() - 3 * 86_400_000
const many = 1_500

/** Leads of every kind a view asks for, a minute apart, the latest last; every hundredth is alike. */
const leads = Array.from({ length: many }, (_, n): Lead => {
  const attribution = { utm_source: `source-${n % 100}`, utm_campaign: `campaign-${n % 7}` }
  const details = {
    ...{ attribution, variant: n % 2 ? 'hero.a' : 'hero.b', language: n % 3 ? 'fa' : 'en' },
    ...(n % 90 === 4 && { suspect: ['fast'] as const }),
  }
  const phone = `+98912${String((n * 7_919) % 10_000_000).padStart(7, '0')}`
  const phoneKey = new Bun.CryptoHasher('md5').update(phone).digest('hex')
  return makeLeads(1, { phone, phoneKey, details }, startMs + n * 60_000)[0]!
})
const put = async (some: readonly Lead[]) => {
  for (let from = 0; from < some.length; from += 500) await table.store(some.slice(from, from + 500))
}

const views: readonly LeadFilter[] = [
  {},
  { since: new Date(startMs + 900 * 60_000) },
  { variant: 'hero.a' },
  { source: 'source-42', campaign: 'campaign-0' },
  { campaign: 'campaign-2', since: new Date(startMs + 600 * 60_000) },
  { source: 'source-42' },
  { source: 'source-42', state: 'called' },
  { source: 'source-42', state: 'new', variant: 'hero.b' },
  { campaign: 'campaign-3', source: 'source-17', language: 'fa' },
  { state: 'suspect' },
  { suspect: true },
  { suspect: false, source: 'source-4' },
  { state: 'corrected' },
  { state: 'lost' },
  { state: 'new' },
  { source: 'nowhere' },
  { source: 'source-42', since: new Date(startMs + 400 * 60_000), until: new Date(startMs + 900 * 60_000) },
  { phoneKey: leads[3]!.phoneKey },
  { phoneKey: leads[many - 1]!.phoneKey },
  { phoneKey: 'ab'.repeat(16) },
  { lastDigits: leads[7]!.phone.slice(-8) },
  { lastDigits: leads[7]!.phone.slice(-10) },
  // The same ones are indexed, and are not the whole of it.
  { lastDigits: `34${leads[7]!.phone.slice(-8)}` },
  { lastDigits: leads[many - 2]!.phone.slice(-4) },
  {
    lastDigits: leads[many - 2]!.phone.slice(-5),
    source: leads[many - 2]!.details!.attribution!.utm_source!,
  },
  { lastDigits: '0000', state: 'lost' },
  { owner: ann.id },
  { owner: ann.id, state: 'called' },
  { owner: ann.id, lastDigits: leads[42]!.phone.slice(-4) },
  { state: 'called', since: new Date(startMs + 200 * 60_000) },
  { owner: ann.id, until: new Date(startMs + 1_100 * 60_000) },
]

type Row = Record<string, unknown> & Readonly<{ id: string }>

/** What is in the table, the latest first. */
async function allRows(): Promise<readonly Row[]> {
  const { rows } = await sql<{ lead: Row }>`
    select to_jsonb(leads) || jsonb_build_object('key', encode(phone_key, 'hex'), 'owner', owner_id) as lead
    from leads left join lead_work on lead_id = leads.id
    where duplicate_of is null order by leads.accepted_at desc, leads.id desc`.execute(db)
  return rows.map(({ lead }) => lead)
}

/** What a view shows of them, by no index. */
function truth(rows: readonly Row[], filter: LeadFilter): string[] {
  const { state, source, campaign, variant, language, suspect, phoneKey, lastDigits, since, until, owner } =
    filter
  return rows
    .filter((lead) => {
      const from = lead.attribution as Record<string, unknown>
      const at = Date.parse(String(lead.accepted_at))
      return (
        (state === undefined ? lead.state !== 'corrected' : lead.state === state) &&
        (source === undefined || from.utm_source === source) &&
        (campaign === undefined || from.utm_campaign === campaign) &&
        (variant === undefined || lead.variant === variant) &&
        (language === undefined || lead.language === language) &&
        (suspect === undefined || (lead.suspect !== null) === suspect) &&
        (owner === undefined || lead.owner === owner) &&
        (phoneKey === undefined || lead.key === phoneKey) &&
        (lastDigits === undefined || String(lead.phone).endsWith(lastDigits)) &&
        (since === undefined || at >= since.getTime()) &&
        (until === undefined || at < until.getTime())
      )
    })
    .map(({ id }) => id)
}

/** The first pages of a view, or all of it. */
async function shown(filter: LeadFilter, perPage: number, most = many): Promise<string[]> {
  const ids: string[] = []
  let after: LeadPlace | undefined
  do {
    const page = await desk.list(filter, perPage, after)
    ids.push(...page.map(({ id }) => id))
    after = page.length === perPage ? page.at(-1) : undefined
  } while (after && ids.length < most)
  return ids
}

async function expectTruth(): Promise<void> {
  const rows = await allRows()
  for (const filter of views) {
    const ids = truth(rows, filter)
    expect({ filter, ids: await shown(filter, 4, 20) }).toEqual({ filter, ids: ids.slice(0, 20) })
    expect({ filter, ids: await shown(filter, 600) }).toEqual({ filter, ids })
    expect(await told(() => desk.count(filter))).toEqual({ matching: ids.length, exact: true })
    if (filter.owner || filter.phoneKey || filter.lastDigits) continue
    const first = rows.find(({ id }) => id === ids.at(-1))
    expect((await told(() => firstOf(db, filter)))?.getTime() ?? null).toEqual(
      first ? Date.parse(String(first.accepted_at)) : null,
    )
  }
}

/** What stands with the kinds, beside what there is of each. */
async function expectFigures(): Promise<void> {
  const { rows } = await sql`
    select id, leads::int, latest, counted, last from lead_kinds cross join lateral (
      select count(*)::int as counted, max(lead_id::text)::uuid as last from lead_index where kind = id
    ) as there
    where leads <> counted or latest is distinct from last`.execute(db)
  expect(rows).toEqual([])
}

const rowsOf = async (name: string) =>
  Number((await sql<{ n: string }>`select count(*) as n from ${sql.table(name)}`.execute(db)).rows[0]!.n)

test('a view finds each lead the moment it is stored or changed, indexed or not, and counts what it finds', async () => {
  await put(leads.slice(0, 1_000))
  await expectTruth()
  await indexLeads(db, noPause)
  expect(await rowsOf('lead_index')).toBe(1_000)
  await expectTruth()

  await put(leads.slice(1_000))
  for (const n of [42, 242, 1_042, 1_142])
    expect(await desk.setState(leads[n]!.id, { was: 'new', state: n < 200 ? 'lost' : 'called' }, ann)).toBe(
      'changed',
    )
  // Somebody called it before its visitor sent another number.
  await sql`update leads set state = 'corrected' where id = ${leads[242]!.id}`.execute(db)
  await sql`insert into leads_to_index (lead_ids) values (array[${leads[242]!.id}::uuid])`.execute(db)
  await desk.setState(leads[94]!.id, { was: 'suspect', state: 'new' }, ann)
  await expectTruth()
  await indexLeads(db, noPause)
  expect(await rowsOf('leads_to_index')).toBe(0)
  await expectTruth()
  await expectFigures()
})

test('leads that were there before the index are found while it is made and after it', async () => {
  await sql`truncate lead_index, lead_kinds, leads_to_index`.execute(db)
  await sql`
    insert into lead_index_sweep (begins_at, done_to)
    values (now() + interval '1 hour', '00000000-0000-0000-0000-000000000000')`.execute(db)
  expect(await indexLeads(db, noPause)).toBe(0)
  await expectTruth()
  await sql`update lead_index_sweep set begins_at = now()`.execute(db)
  expect(await indexLeads(db, noPause)).toBe(many)
  expect(await rowsOf('lead_index_sweep')).toBe(0)
  await expectTruth()
})

test('what is deleted leaves the index in the same moment', async () => {
  await pruneLeads(db, new Date(startMs + 700 * 60_000), noPause)
  expect(await rowsOf('lead_index')).toBe(many - 700)
  await expectFigures()
  await expectTruth()
})

test('however many names strangers write into addresses, there are few kinds, and each lead is found by its own', async () => {
  await sql`truncate lead_index, lead_kinds`.execute(db)
  await sql`
    insert into lead_index_sweep (begins_at, done_to)
    values (now(), '00000000-0000-0000-0000-000000000000')`.execute(db)
  expect(await indexLeads(db, noPause, { leadsAtOnce: 100, kindsMax: 40 })).toBe(many - 700)
  // Those beyond it are one for each state, variant, language and suspicion.
  const kinds = await rowsOf('lead_kinds')
  expect(kinds).toBeLessThanOrEqual(40 + 32)
  expect(
    (await sql`select from lead_kinds where others and leads > 0`.execute(db)).rows.length,
  ).toBeGreaterThan(4)
  await expectFigures()
  await expectTruth()
  for (const n of [1_242, 1_342]) await desk.setState(leads[n]!.id, { was: 'new', state: 'lost' }, ann)
  await expectTruth()
  // What is gone makes room.
  await pruneLeads(db, new Date(startMs + (many - 20) * 60_000), noPause)
  await desk.setState(leads[many - 1]!.id, { was: 'new', state: 'lost' }, ann)
  await indexLeads(db, noPause, { leadsAtOnce: 100, kindsMax: 40 })
  expect(await rowsOf('lead_kinds')).toBeLessThan(kinds)
  await expectFigures()
  await expectTruth()
})

test('while leads rush in, one page of them is written, and the others when it is over', async () => {
  await sql`truncate leads, lead_claims, lead_index, lead_kinds, leads_to_index`.execute(db)
  // Accepted in a minute: so long as this takes, it is just now.
  for (let batch = 0; batch < 3; batch++) await table.store(makeLeads(600, {}, Date.now() + 60_000))
  expect(await indexLeads(db, noPause)).toBe(1_200)
  await sql`update leads_to_index set lead_ids = array[]::uuid[] || lead_ids[1:200]`.execute(db)
  expect(await indexLeads(db, noPause)).toBe(200)
  expect(await rowsOf('leads_to_index')).toBe(0)
})

test('the leads of several phones and those that they corrected are found together, whether indexed yet or not', async () => {
  const key = 'cd'.repeat(16)
  const [first, between, last] = [1, 2, 3].map((n) => makeLeads(1, { idempotencyKey: key }, startMs + n)[0]!)
  const again = makeLeads(1, { phone: last!.phone, phoneKey: last!.phoneKey }, startMs + 4)[0]!
  const [other, stranger] = [makeLeads(1)[0]!, makeLeads(1)[0]!]
  for (const each of [first!, between!, last!, again, other, stranger]) await table.store([each])
  const corrections = createCorrectionTable(db)
  for (const [before, after] of [
    [first!, between!],
    [between!, last!],
  ] as const) {
    await corrections.note([{ phoneKey: before.phoneKey, idempotencyKey: key, correctedBy: after.id }])
    await corrections.settle()
  }
  const found = async (until?: Date) => {
    const rows = await leadsOfPhones(db, [
      { phoneKey: last!.phoneKey, ...(until && { until }) },
      { phoneKey: other.phoneKey },
    ])
    return rows.map(({ id, key: own, of }) => ({ id, own, of }))
  }
  const theirs = [first!, between!, last!, again].map(({ id, phoneKey }) => ({
    ...{ id, own: phoneKey, of: last!.phoneKey },
  }))
  const others = { id: other.id, own: other.phoneKey, of: other.phoneKey }
  const all = [...theirs, others].sort((one, two) => (one.id < two.id ? -1 : 1))
  expect(await found()).toEqual(all)
  await indexLeads(db, noPause)
  expect(await found()).toEqual(all)
  expect(await found(new Date(startMs + 3))).toEqual(all.filter(({ id }) => id !== again.id))
  await sql`delete from lead_index`.execute(db)
  expect(await found()).toEqual([])
  await sql`insert into lead_index_sweep values (now(), '00000000-0000-0000-0000-000000000000')`.execute(db)
  expect(await found()).toEqual(all)
  await indexLeads(db, noPause)
  expect(await found()).toEqual(all)
})
