import { expect, test } from 'bun:test'
import { sql } from 'kysely'
import { metricAt, submitTo, until } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])
const line = await startLine({ env: { ...services.env, ACK_MODE: 'pg' } })
atEnd(() => line.stop())

const statusOf = async (id: string) =>
  ((await (await fetch(`${line.origin}/api/leads/${id}/status`)).json()) as { status: string }).status

test('a lead that no row can hold is kept where the answer waits for Postgres, said to be in quarantine, and told of once', async () => {
  await sql`alter table leads add constraint refused check (language <> 'fa') not valid`.execute(db)
  const sent = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      submitTo(line.origin, newPhone(), { fields: { language: index === 7 ? 'fa' : 'en' } }),
    ),
  )
  expect(sent.map(({ status }) => status)).toEqual(sent.map(() => 202))
  const bad = sent[7]!.id!
  expect(await statusOf(bad)).toBe('quarantined')
  for (const { id } of sent.filter(({ id }) => id !== bad)) expect(await statusOf(id!)).toBe('stored')
  await until(
    'the others are counted',
    async () => (await metricAt(line.origin, 'leads_stored_total')) === 19,
  )
  expect(await metricAt(line.origin, 'leads_quarantined_total')).toBe(1)
  expect(line.api.output().split('"lead.quarantined"')).toHaveLength(2)
  expect(line.api.output()).toContain(bad)
}, 60_000)
