import { expect, test } from 'bun:test'
import { sql } from 'kysely'
import { ensurePartitions } from '../../postgres/partitions.ts'
import { freshDatabase } from '../stage/engines.ts'

const { db } = await freshDatabase()

const queue = {
  autovacuum_vacuum_scale_factor: '0',
  autovacuum_vacuum_threshold: '1000',
}
const counted = { autovacuum_vacuum_scale_factor: '0.02', autovacuum_vacuum_threshold: '1000' }
const large = {
  ...{ autovacuum_vacuum_scale_factor: '0.05', autovacuum_vacuum_threshold: '1000' },
  autovacuum_analyze_scale_factor: '0.02',
}
const growing = { ...large, autovacuum_vacuum_insert_scale_factor: '0.05' }

const wanted: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ...{ leads_to_index: queue, uncounted: queue, delivery_batches: queue, delivery_events: queue },
  ...{ lead_corrections: queue, event_counts: counted, event_vitals: counted, exposure_counts: counted },
  ...{ source_counts: counted, source_waits: counted, lead_kinds: counted, answer_counts: counted },
  ...{ refused_counts: counted, delivery_endpoints: counted, workers: counted, chore_turns: counted },
  ...{ lead_claims: large, deliveries: large, lead_index: growing, lead_work: growing, lead_notes: growing },
  ...{ event_firsts: growing, event_cohorts: growing, assignments: growing, delivery_attempts: growing },
  ...{ source_values: growing, audit_log: growing, leads_default: growing, events_default: growing },
}
// A row for each thing that an operator does, at most: the server's own settings are right.
const quiet = [
  ...[
    'lead_quarantine',
    'live_version',
    'flags',
    'experiments',
    'operator_keys',
    'installation',
    'operators',
  ],
  ...['operator_sessions', 'operator_invites', 'erasures', 'operator_recovery_codes', 'operator_factors'],
  ...[
    'operator_identities',
    'lead_exports',
    'lead_views',
    'lead_index_sweep',
    'source_progress',
    'lead_bulks',
  ],
  ...['lead_bulk_leads', 'erase_requests', 'lead_replays', 'kysely_migration', 'kysely_migration_lock'],
]

/** The settings of each table that has rows of its own, but for the space on its pages. */
async function settingsOf(
  what: 'reloptions' | 'toast',
): Promise<ReadonlyMap<string, Record<string, string>>> {
  const { rows } = await sql<{ name: string; reloptions: string[] | null }>`
    select kept.relname as name, ${what === 'toast' ? sql`beside` : sql`kept`}.reloptions
    from pg_class as kept left join pg_class as beside on beside.oid = kept.reltoastrelid
    where kept.relkind = 'r' and kept.relnamespace = current_schema()::regnamespace`.execute(db)
  return new Map(
    rows.map(({ name, reloptions }) => [
      name,
      Object.fromEntries(
        (reloptions ?? []).map((each) => each.split('=')).filter(([key]) => key !== 'fillfactor'),
      ),
    ]),
  )
}

const months = (await ensurePartitions(db, { now: new Date('2031-05-01'), monthsAhead: 1 })).toSorted()

test('autovacuum comes early to each table in which much is written, to every month as well, and every other table is a quiet one', async () => {
  const found = await settingsOf('reloptions')
  expect(months).toEqual(['events_2031_05', 'events_2031_06', 'leads_2031_05', 'leads_2031_06'])
  for (const [name, settings] of found) {
    if (quiet.includes(name)) expect([name, settings]).toEqual([name, {}])
    else expect([name, settings]).toEqual([name, wanted[name.replace(/_\d{4}_\d\d$/, '_default')] ?? {}])
  }
  const known = [...quiet, ...Object.keys(wanted)]
  expect(known.filter((name) => !found.has(name))).toEqual([])
  expect(
    [...found.keys()].filter((name) => !known.includes(name.replace(/_\d{4}_\d\d$/, '_default'))),
  ).toEqual([])
})

test('what lies beside the rows of a queue is taken away as soon', async () => {
  const beside = await settingsOf('toast')
  for (const [name, settings] of Object.entries(wanted))
    if (settings === queue) expect([name, beside.get(name)]).toEqual([name, queue])
})

test('a month is as whoever tunes the default partition has it', async () => {
  await sql`alter table leads_default set (autovacuum_vacuum_insert_scale_factor = 0.2, fillfactor = 90)`.execute(
    db,
  )
  await ensurePartitions(db, { now: new Date('2031-07-01'), monthsAhead: 0 })
  const { rows } = await sql<{ reloptions: string[] }>`
    select reloptions from pg_class where relname = 'leads_2031_07'`.execute(db)
  expect(rows[0]!.reloptions).toContain('autovacuum_vacuum_insert_scale_factor=0.2')
  expect(rows[0]!.reloptions).toContain('fillfactor=90')
})
