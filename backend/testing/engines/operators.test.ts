import { expect, test } from 'bun:test'
import { sql } from 'kysely'
import { carryOutBulk } from '../../desk/bulk.ts'
import type { LeadFilter } from '../../desk/work.ts'
import { createMemoryNews } from '../../memory/lead-news.ts'
import { theCommand } from '../../operators/audit.ts'
import { newSession } from '../../operators/session.ts'
import { createAccounts } from '../../postgres/accounts.ts'
import { createAudit, pruneAudit } from '../../postgres/audit.ts'
import { connectPostgres } from '../../postgres/connection.ts'
import { createEraseRequests } from '../../postgres/erase-requests.ts'
import { createErasureTable } from '../../postgres/erasures.ts'
import { createBulkChanges } from '../../postgres/lead-bulks.ts'
import { createLeadDesk } from '../../postgres/lead-desk.ts'
import { createLeadExports, pruneExports } from '../../postgres/lead-exports.ts'
import { pruneLeads } from '../../postgres/lead-retention.ts'
import { createSavedViews } from '../../postgres/lead-views.ts'
import { createLeadTable } from '../../postgres/leads.ts'
import { createSecondFactors } from '../../postgres/second-factors.ts'
import { createSessions } from '../../postgres/sessions.ts'
import { eraseRequestsContract } from '../contracts/erase-requests.ts'
import { bulkContract } from '../contracts/lead-bulks.ts'
import { leadDeskContract } from '../contracts/lead-desk.ts'
import { savedViewsContract } from '../contracts/lead-views.ts'
import { operatorsContract } from '../contracts/operators.ts'
import { addEndpointFor } from '../stage/deliveries.ts'
import { freshDatabase, quietLog } from '../stage/engines.ts'
import { until } from '../stage/faults.ts'
import { makeLeads } from '../stage/leads.ts'
import { operatorCommand } from '../stage/operator-command.ts'

const { db, url: databaseUrl } = await freshDatabase()
const stores = {
  ...{ accounts: createAccounts(db), sessions: createSessions(db), audit: createAudit(db) },
  factors: createSecondFactors(db),
}
const empty = () =>
  sql`truncate operators, operator_sessions, operator_invites, operator_factors, operator_recovery_codes, operator_identities, audit_log`.execute(
    db,
  )

operatorsContract('Postgres', async () => {
  await empty()
  return stores
})

eraseRequestsContract('Postgres', async () => {
  await empty()
  await sql`truncate erase_requests, erasures`.execute(db)
  return { requests: createEraseRequests(db), erasures: createErasureTable(db), audit: stores.audit }
})

savedViewsContract('Postgres', async () => {
  await empty()
  await sql`truncate lead_views`.execute(db)
  return { views: createSavedViews(db), audit: stores.audit }
})

const emptyDesk = async () => {
  await empty()
  await sql`truncate leads, lead_claims, lead_work, lead_notes, lead_bulks, lead_bulk_leads`.execute(db)
  const table = createLeadTable(db, { dedupWindowMs: 60_000, news: createMemoryNews() })
  return {
    desk: createLeadDesk(db),
    audit: stores.audit,
    async put(
      leads: readonly Readonly<{ phone: string; source?: string; variant?: string; suspect?: boolean }>[],
    ) {
      const stored = leads.map(({ phone, source, variant, suspect }, index) => {
        const attribution = source === undefined ? undefined : { utm_source: source }
        const details = { attribution, variant, ...(suspect && { suspect: ['fast'] as const }) }
        return makeLeads(1, { phone, details }, Date.now() - 60_000 + index * 1_000)[0]!
      })
      for (const lead of stored) await table.store([lead])
      return stored.map(({ id }) => id)
    },
  }
}
leadDeskContract('Postgres', emptyDesk)
bulkContract('Postgres', async () => ({ ...(await emptyDesk()), bulks: createBulkChanges(db) }))

test('no phone stands in the audit, whoever put it where; and it is forgotten in its time', async () => {
  await empty()
  await stores.audit.note({
    by: { ...theCommand, name: '+989121234567' },
    action: 'flag.changed',
    subject: 'notice',
    after: { value: 'call 0912 123 4567', nested: [{ at: '09121234567' }] },
  })
  const { rows } = await sql<{ text: string }>`select audit_log::text as text from audit_log`.execute(db)
  expect(rows[0]!.text.replaceAll(/\d{4}-\d\d-\d\d/g, '')).not.toMatch(/1234567|123 4567/)
  await sql`update audit_log set at = now() - interval '3 days'`.execute(db)
  await pruneAudit(db, 4)
  expect(await stores.audit.list({ limit: 9 })).toHaveLength(1)
  await pruneAudit(db, 2)
  expect(await stores.audit.list({ limit: 9 })).toEqual([])
})

test('bun run admin:invite prints a link for the first owner, then for whom is named, and for a new password', async () => {
  await empty()
  const settings = {
    DATABASE_URL: databaseUrl,
    ACK_MODE: 'pg',
    SECRET_KEY: 'k'.repeat(40),
    PUBLIC_URL: 'https://www.example.com',
  }
  const invite = (...words: string[]) => operatorCommand(['invite.ts', ...words], settings)
  const first = await invite()
  expect(first.out).toMatch(/^https:\/\/www\.example\.com\/admin\/invite#[\w-]{43}\n$/)
  const [open] = await stores.accounts.invites(new Date())
  expect(open).toMatchObject({ role: 'owner' })
  const account = { id: crypto.randomUUID(), email: 'ann@example.com', name: 'Ann', role: 'owner' } as const
  await stores.accounts.join(
    open!.id,
    { ...account, passwordHash: 'h' },
    { by: theCommand, action: 'operator.joined' },
  )
  const again = await invite()
  expect([again.code, again.err]).toEqual([1, expect.stringContaining('There is an owner already')])
  const reset = await invite('--email', 'Ann@Example.com')
  expect(reset.err).toContain('sets a new password for ann@example.com')
  expect((await stores.accounts.invites(new Date()))[0]).toMatchObject({ accountId: account.id })
  const entry = { by: theCommand, action: 'second_factor.set' } as const
  expect((await invite('--email', 'ann@example.com', '--second-factor')).err).toContain('who has one')
  const factor = { sealed: new Uint8Array(40), step: 1, codeHashes: [new Uint8Array(32)] }
  const { kept: session } = newSession(account.id, { client: '', agent: '' }, Date.now())
  await stores.sessions.begin(session, entry, { account: { hasSecondFactor: false } })
  await stores.factors.set(account.id, factor, entry, session.id)
  const lost = await invite('--email', 'ann@example.com', '--second-factor')
  expect(lost.err).toContain('sets a new password for ann@example.com and removes the second factor')
  expect(await stores.accounts.invites(new Date())).toMatchObject([{ resetsFactor: true }])
  const issuer = 'https://login.example.com'
  const cleo = { id: crypto.randomUUID(), email: 'cleo@example.com', name: 'Cleo', role: 'caller' } as const
  await stores.accounts.joinFrom({ issuer, subject: 'c1' }, { ...cleo, passwordHash: '' }, entry)
  const provider = {
    OIDC_ISSUER: issuer,
    OIDC_CLIENT_ID: 'desk',
    OIDC_CLIENT_SECRET: 's',
    OIDC_ROLES: '*=caller',
  }
  const refused = await operatorCommand(['invite.ts', '--email', cleo.email], { ...settings, ...provider })
  expect([refused.code, refused.out, refused.err]).toEqual([
    1,
    '',
    expect.stringContaining('login.example.com'),
  ])
  // Where nobody else lets them in any more, a link does.
  expect((await invite('--email', cleo.email)).code).toBe(0)
  expect((await invite('--email', 'ben@example.com', '--role', 'king')).err).toContain(
    '--role must be one of',
  )
})

test('a file holds what its view shows, in its order, as it was in one moment, and has a receipt without digits of a phone', async () => {
  await sql`truncate leads, lead_claims, lead_work, lead_notes`.execute(db)
  const table = createLeadTable(db, { dedupWindowMs: 60_000, news: createMemoryNews() })
  const put = (source: string) =>
    table.store(makeLeads(700, { details: { attribution: { utm_source: source } } }))
  await put('film')
  await put('radio')
  const exports = createLeadExports(db, db)
  const desk = createLeadDesk(db)
  const filter = { source: 'film' }
  const shown = await desk.list(filter, 1_000)
  const id = crypto.randomUUID()
  const entry = { by: theCommand, action: 'export.asked', subject: id } as const
  await exports.begin({ id, by: theCommand, format: 'csv', filter: { ...filter, lastDigits: '4567' } }, entry)
  expect(await exports.take(id, { ...theCommand, id: 'another' })).toBeUndefined()
  expect(await exports.take(id, theCommand)).toMatchObject({
    ...{ id, format: 'csv' },
    filter: { ...filter, lastDigits: '4567' },
  })
  expect(await exports.take(id, theCommand)).toBeUndefined()
  expect((await exports.list(1))[0]!.filter).toEqual({ ...filter, lastDigits: '…' })

  const { chunks } = await exports.rows(filter)
  const rows: string[][] = []
  for await (const chunk of chunks) {
    if (rows.length === 0) await put('film')
    rows.push(...(chunk as string[][]))
  }
  expect(rows.map(([lead]) => lead)).toEqual(shown.map((lead) => lead.id))
  expect(rows[0]!.slice(1, 5)).toEqual([shown[0]!.acceptedAt.toISOString(), shown[0]!.phone, 'new', 'film'])
  await exports.finish(id, { rows: rows.length, bytes: 9, sha256: 'ab'.repeat(32) }, entry)
  const [receipt] = await exports.list(1)
  expect(receipt).toMatchObject({ rows: 700, sha256: 'ab'.repeat(32), filter: { source: 'film' } })
  // Whoever leaves lets go of the connection.
  for (let times = 0; times < 10; times++) for await (const _ of (await exports.rows({})).chunks) break
  for (let times = 0; times < 10; times++) await (await exports.rows({})).close()
})

test('what was typed of a phone is kept of no export that can be fetched no more, and a receipt for its time', async () => {
  await sql`truncate lead_exports`.execute(db)
  const exports = createLeadExports(db, db)
  const entry = { by: theCommand, action: 'export.asked' } as const
  const begin = async (agoS: number, filter: LeadFilter) => {
    const id = crypto.randomUUID()
    await exports.begin({ id, by: theCommand, format: 'csv', filter }, entry)
    await sql`
      update lead_exports set asked_at = now() - make_interval(secs => ${agoS}::int) where id = ${id}`.execute(
      db,
    )
  }
  await begin(10, { lastDigits: '4567' })
  await begin(1_000, { lastDigits: '4567', state: 'new' })
  await begin(1_001, { phoneKey: 'ab'.repeat(16) })
  await begin(1_002, { state: 'won' })
  await begin(86_400 * 3, {})
  await pruneExports(db, 2)
  expect((await exports.list(9)).map(({ filter }) => filter)).toEqual([
    { lastDigits: '4567' },
    { lastDigits: '…', state: 'new' },
    { phoneKey: '…' },
    { state: 'won' },
  ])
})

test('leads that are older than they are kept go with all that is of them, and younger ones stay', async () => {
  await sql`truncate leads, lead_claims, lead_work, lead_notes`.execute(db)
  const table = createLeadTable(db, { dedupWindowMs: 60_000, news: createMemoryNews() })
  const [old, young] = [makeLeads(600, {}, Date.now() - 3 * 86_400_000), makeLeads(2)]
  await table.store(old)
  await table.store(young)
  const desk = createLeadDesk(db)
  for (const [lead] of [old, young]) await desk.addNote(lead!.id, 'rang', theCommand)
  let pauses = 0
  const pause = async () => void pauses++
  expect(await pruneLeads(db, new Date(Date.now() - 86_400_000), pause)).toBe(600)
  expect(pauses).toBe(1)
  expect((await desk.list({}, 9)).map(({ id }) => id).sort()).toEqual(young.map(({ id }) => id).sort())
  expect([await desk.notes(old[0]!.id), (await desk.notes(young[0]!.id)).length]).toEqual([[], 1])
})

test('what became of a lead is told in order, and how long leads waited for their first call', async () => {
  await sql`truncate leads, lead_claims, lead_work, lead_notes, audit_log`.execute(db)
  const table = createLeadTable(db, { dedupWindowMs: 60_000, news: createMemoryNews() })
  const desk = createLeadDesk(db)
  const leads = [60, 120, 600].map((agoS) => makeLeads(1, {}, Date.now() - agoS * 1_000)[0]!)
  await table.store(leads)
  const by = { kind: 'operator', id: crypto.randomUUID(), name: 'Ann' } as const
  const namesake = { ...by, id: crypto.randomUUID() }
  await sql`truncate operators cascade`.execute(db)
  for (const { id, name } of [by, namesake])
    await sql`
      insert into operators (id, email, name, role, password_hash)
      values (${id}, ${`${id}@example.com`}, ${name}, 'caller', '')`.execute(db)
  for (const { id } of leads) await desk.setState(id, { was: 'new', state: 'called' }, by)
  await desk.reveal(leads[0]!.id, { by, action: 'lead.revealed', subject: leads[0]!.id })
  const steps = await desk.timeline(leads[0]!.id)
  expect(steps.map(({ kind, what }) => what?.action ?? kind)).toEqual([
    'lead.revealed',
    'lead.state_changed',
    'stored',
    'came',
  ])
  expect(JSON.stringify(steps)).not.toContain(leads[0]!.phoneKey)
  // Whoever has it now did not call it first, nor who changes what came of it.
  const [, given, taken] = leads.map(({ id }) => id)
  await sql`update lead_work set owner_id = ${namesake.id} where lead_id = ${given}`.execute(db)
  await desk.setState(taken!, { was: 'called', state: 'won' }, namesake)
  const { all, byCaller, byCampaign } = await desk.speed(new Date(Date.now() - 3_600_000))
  expect(byCaller).toMatchObject([{ name: 'Ann', leads: 3 }])
  expect(all).toMatchObject({ leads: 3, withinFiveMinutes: 2 })
  expect(Math.round(all!.medianS / 10)).toBe(12)
  expect(byCampaign).toMatchObject([{ name: null, leads: 3 }])
  expect((await desk.speed(new Date())).all).toBeUndefined()
})

test('a change of many goes on wherever it was killed: each lead is changed once, and told once', async () => {
  const { desk } = await emptyDesk()
  await sql`truncate delivery_endpoints, delivery_events cascade`.execute(db)
  await addEndpointFor(db, 's'.repeat(32), { url: 'https://crm.example/leads' })
  const table = createLeadTable(db, { dedupWindowMs: 60_000, news: createMemoryNews() })
  const leads = makeLeads(1_000)
  await table.store(leads)
  const bulks = createBulkChanges(db)
  const change = { state: 'lost' } as const
  const asked = { id: crypto.randomUUID(), change, selection: { filter: {} } }
  await bulks.begin(asked, theCommand)
  expect(await bulks.step(asked.id)).toBe('more')

  // A process that dies in the middle of a step, here while it waits for a lead that somebody works on.
  const held = leads.map(({ id }) => id).sort()[300]!
  const somebody = await db.startTransaction().execute()
  await sql`select from leads where id = ${held} for update`.execute(somebody)
  const dying = createBulkChanges(db).step(asked.id)
  await until('it waits', async () => {
    const { rows } = await sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(db)
    return rows.length > 0
  })
  await expect(dying).rejects.toThrow()
  await somebody.rollback().execute()
  expect(await bulks.find(asked.id)).toMatchObject({ status: 'running', changed: 200 })
  expect(await bulks.abandoned(0)).toEqual([asked.id])

  const rest = async () => {}
  await Promise.all([1, 2, 3].map(() => carryOutBulk(createBulkChanges(db), asked.id, rest)))
  expect(await bulks.find(asked.id)).toMatchObject({ status: 'done', total: 1_000, changed: 1_000, left: 0 })
  expect(await desk.list({ state: 'lost' }, 1_001)).toHaveLength(1_000)
  const { rows } = await sql`
    select count(*)::int as told, count(distinct lead_id)::int as leads from delivery_events
    where event = 'lead.updated'`.execute(db)
  expect(rows).toEqual([{ told: 1_000, leads: 1_000 }])
  const steps = await desk.timeline(held)
  expect(steps.map(({ what }) => what?.action)).toContain('lead.state_changed')
})

test('which leads are to be changed together is looked for longer than the desk waits for anything else', async () => {
  const { put } = await emptyDesk()
  await put([{ phone: '+989121000001' }])
  const pool = { url: databaseUrl, poolMax: 1, log: quietLog }
  const desk = connectPostgres({ ...pool, applicationName: 'test-desk', statementTimeoutMs: 100 })
  const long = connectPostgres({ ...pool, applicationName: 'test-bulks' })
  const somebody = await db.startTransaction().execute()
  await sql`lock table lead_bulk_leads in access exclusive mode`.execute(somebody)
  const asked = { id: crypto.randomUUID(), change: { state: 'lost' } as const, selection: { filter: {} } }
  const begun = createBulkChanges(desk, long).begin(asked, theCommand)
  try {
    await until('it has waited for longer than that', async () => {
      const { rows } = await sql`
        select from pg_stat_activity
        where application_name in ('test-desk', 'test-bulks') and wait_event_type = 'Lock'
          and now() - query_start > interval '1200 milliseconds'`.execute(db)
      return rows.length > 0
    })
  } finally {
    await somebody.rollback().execute()
  }
  expect(await begun).toBe('begun')
  await Promise.all([desk.destroy(), long.destroy()])
})

test('leads that many are given to one caller stay theirs, come next to them, and are taken back as they were', async () => {
  const { desk, put } = await emptyDesk()
  const [first, second] = await put([{ phone: '+989121000001' }, { phone: '+989121000002' }])
  const [ann, ben, cleo] = ['Ann', 'Ben', 'Cleo'].map(
    (name) => ({ kind: 'operator', id: crypto.randomUUID(), name }) as const,
  )
  expect(await desk.takeNext(cleo!)).toBe(second!)
  const bulks = createBulkChanges(db)
  const asked = { id: crypto.randomUUID(), change: { owner: ben!.id }, selection: { filter: {} } }
  await bulks.begin(asked, ann!)
  await carryOutBulk(bulks, asked.id, async () => {})
  expect(await bulks.find(asked.id)).toMatchObject({ changed: 2 })
  expect(await desk.takeNext(cleo!)).toBeUndefined()
  expect(await desk.takeNext(ben!)).toBe(second!)
  await desk.setState(second!, { was: 'new', state: 'called' }, ben!)
  expect(await desk.takeNext(ben!)).toBe(first!)
  await bulks.undo(asked.id, ann!)
  await carryOutBulk(bulks, asked.id, async () => {})
  expect(await bulks.find(asked.id)).toMatchObject({ undone: 1, kept: 1 })
  expect((await desk.find(first!))?.owner).toBeUndefined()
  expect((await desk.find(second!))?.owner?.id).toBe(ben!.id)
})

test('leads that were given to somebody who is disabled since go to whoever comes next', async () => {
  const { desk, put } = await emptyDesk()
  const [lead] = await put([{ phone: '+989121000001' }])
  const [ann, ben, cleo] = ['Ann', 'Ben', 'Cleo'].map(
    (name) => ({ kind: 'operator', id: crypto.randomUUID(), name }) as const,
  )
  await sql`
    insert into operators (id, email, name, role, password_hash)
    values (${ben!.id}, ${`${ben!.id}@example.com`}, 'Ben', 'caller', '')`.execute(db)
  const bulks = createBulkChanges(db)
  const asked = { id: crypto.randomUUID(), change: { owner: ben!.id }, selection: { filter: {} } }
  await bulks.begin(asked, ann!)
  await carryOutBulk(bulks, asked.id, async () => {})
  expect(await desk.takeNext(cleo!)).toBeUndefined()
  await sql`update operators set disabled_at = now() where id = ${ben!.id}`.execute(db)
  expect(await desk.takeNext(cleo!)).toBe(lead!)
  await sql`update operators set disabled_at = null where id = ${ben!.id}`.execute(db)
  expect(await desk.takeNext(ben!)).toBeUndefined()
})
