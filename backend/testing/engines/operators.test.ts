import { expect, test } from 'bun:test'
import { sql } from 'kysely'
import { createMemoryNews } from '../../memory/lead-news.ts'
import { theCommand } from '../../operators/audit.ts'
import { createAccounts } from '../../postgres/accounts.ts'
import { createAudit, pruneAudit } from '../../postgres/audit.ts'
import { createLeadDesk } from '../../postgres/lead-desk.ts'
import { createLeadTable } from '../../postgres/leads.ts'
import { createSecondFactors } from '../../postgres/second-factors.ts'
import { createSessions } from '../../postgres/sessions.ts'
import { leadDeskContract } from '../contracts/lead-desk.ts'
import { operatorsContract } from '../contracts/operators.ts'
import { freshDatabase } from '../stage/engines.ts'
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

leadDeskContract('Postgres', async () => {
  await empty()
  await sql`truncate leads, lead_claims, lead_work, lead_notes`.execute(db)
  const table = createLeadTable(db, { dedupWindowMs: 60_000, news: createMemoryNews() })
  return {
    desk: createLeadDesk(db),
    audit: stores.audit,
    async put(leads) {
      const stored = leads.map(({ phone, source, variant, suspect }, index) => {
        const attribution = source === undefined ? undefined : { utm_source: source }
        const details = { attribution, variant, ...(suspect && { suspect: ['fast'] as const }) }
        return makeLeads(1, { phone, details }, Date.now() - 60_000 + index * 1_000)[0]!
      })
      for (const lead of stored) await table.store([lead])
      return stored.map(({ id }) => id)
    },
  }
})

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
  await stores.factors.set(account.id, factor, entry, crypto.randomUUID())
  const lost = await invite('--email', 'ann@example.com', '--second-factor')
  expect(lost.err).toContain('sets a new password for ann@example.com and removes the second factor')
  expect(await stores.accounts.invites(new Date())).toMatchObject([{ resetsFactor: true }])
  expect((await invite('--email', 'ben@example.com', '--role', 'king')).err).toContain(
    '--role must be one of',
  )
})
