import { afterAll, describe, expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import { acceptedAtMs } from '../../batching/ids.ts'
import { createIdSeal } from '../../leads/id-seal.ts'
import type { Lead } from '../../leads/lead.ts'
import { Unstorable } from '../../leads/ports.ts'
import { createLog } from '../../log.ts'
import { createMemoryNews } from '../../memory/lead-news.ts'
import { claimsSince } from '../../postgres/claims.ts'
import { readInstallation } from '../../postgres/installation.ts'
import { createLeadLookup, createLeadTable, createPostgresIntake } from '../../postgres/leads.ts'
import { dropTables, migrate } from '../../postgres/migrate.ts'
import { up as renewPhoneCheck } from '../../postgres/migrations/0006-store-new-leads.ts'
import { countInDefaultPartition, ensurePartitions } from '../../postgres/partitions.ts'
import { keptOf, leaveQuarantine, quarantinedLeads } from '../../postgres/quarantine.ts'
import { readBacklog } from '../../redis/backlog.ts'
import { createClaimRelease, seedClaims } from '../../redis/claims.ts'
import { redisForCommands } from '../../redis/connection.ts'
import { forgetLeads } from '../../redis/forget.ts'
import { createRedisIntake } from '../../redis/intake.ts'
import { plainKeys } from '../../redis/keys.ts'
import { releasePhantoms } from '../../redis/phantoms.ts'
import { batchStoreContract, contractWindowMs } from '../contracts/batch-store.ts'
import { leadNewsContract } from '../contracts/lead-news.ts'
import { everyDetail, inRow } from '../stage/details.ts'
import { freshDatabase, freshRedis, quietLog } from '../stage/engines.ts'
import { makeBatch, makeLeads } from '../stage/leads.ts'
import { redisAdmin } from '../stage/redis-admin.ts'

const { db } = await freshDatabase()
const redisUrl = await freshRedis(3)
const redis = redisForCommands({ url: redisUrl, name: 'test', log: quietLog })
const admin = redisAdmin(redisUrl)
const options = { dedupWindowMs: contractWindowMs, news: createMemoryNews() }
const intake = createRedisIntake({
  redis,
  ...options,
  claimsSince: (since, directOnly) => claimsSince(db, since, directOnly),
  installation: () => readInstallation(db),
  refuseUnsafe: true,
  log: quietLog,
})
const direct = createPostgresIntake(db, options)
const table = createLeadTable(db, options)
const lookup = createLeadLookup(db)
intake.start()
await intake.settled(30_000)
afterAll(async () => {
  admin.disconnect()
  await intake.stop()
})

batchStoreContract('Redis', () => intake)
batchStoreContract('Postgres', () => direct)
leadNewsContract('Postgres', () => ({
  table,
  direct,
  claims: createClaimRelease(redis),
  news: options.news,
  unstorablePhone: 'not a phone',
}))

function rowOf(leadId: string) {
  return db.selectFrom('leads').selectAll().where('id', '=', leadId).executeTakeFirstOrThrow()
}

async function rowsOf(phoneKey: string) {
  const { rows } = await sql<{ id: string; duplicate_of: string | null }>`
    select id, duplicate_of from leads where phone_key = decode(${phoneKey}, 'hex') order by id`.execute(db)
  return rows
}

describe('Redis', () => {
  test('a lead is queued the moment it is acknowledged, and not before', async () => {
    const leads = makeLeads(2)
    expect(await intake.find(leads[1]!.id)).toBeUndefined()
    await intake.commit(makeBatch(leads))
    expect(await intake.find(leads[1]!.id)).toBe('queued')
  })

  test('after SCRIPT FLUSH a batch fails once, and the same ids are taken when the gate is open again', async () => {
    const leads = makeLeads(3)
    await admin.script('FLUSH')
    await expect(intake.commit(makeBatch(leads))).rejects.toThrow()
    expect(intake.isOpen()).toBe(false)
    await until(() => intake.isOpen())
    expect((await intake.commit(makeBatch(leads))).map((verdict) => verdict.kind)).toEqual([
      'new',
      'new',
      'new',
    ])
  })

  test('a claim outlives the window by a minute, and no longer', async () => {
    const [lead] = makeLeads(1)
    await intake.commit(makeBatch([lead!]))
    const ttlMs = await redis.pttl(`claim:${lead!.phoneKey}`)
    expect(ttlMs).toBeGreaterThan(contractWindowMs + 50_000)
    expect(ttlMs).toBeLessThanOrEqual(contractWindowMs + 60_000)
  })

  test.each([
    ['appendfsync', 'everysec', 'always'],
    ['no-appendfsync-on-rewrite', 'yes', 'no'],
    ['maxmemory-policy', 'allkeys-lru', 'noeviction'],
  ])('with %s %s it may not acknowledge, and says which setting is wrong', async (name, wrong, right) => {
    const own = redisForCommands({ url: redisUrl, name: 'unsafe-test', log: quietLog })
    const unsafe = createRedisIntake({
      redis: own,
      ...options,
      claimsSince: (since, directOnly) => claimsSince(db, since, directOnly),
      installation: () => readInstallation(db),
      refuseUnsafe: true,
      log: createLog({ level: 'error', process: 'test', write: () => {} }),
    })
    await admin.config('SET', name, wrong)
    try {
      unsafe.start()
      await unsafe.settled(30_000)
      expect(unsafe.isOpen()).toBe(false)
      expect(unsafe.refusal().unsafe).toContain(`${name} is ${wrong} and must be ${right}`)
    } finally {
      await admin.config('SET', name, right)
      await unsafe.stop()
    }
  })

  test('a claim is given back only by the lead that holds it', async () => {
    const [lead] = makeLeads(1)
    await intake.commit(makeBatch([lead!]))
    const claims = createClaimRelease(redis)
    await claims.release({ ...lead!, id: makeLeads(1)[0]!.id })
    expect(await redis.exists(`claim:${lead!.phoneKey}`)).toBe(1)
    await claims.release(lead!)
    expect(await redis.exists(`claim:${lead!.phoneKey}`)).toBe(0)
  })
})

describe('Postgres', () => {
  test('storing a batch twice changes nothing', async () => {
    const leads = makeLeads(20, { details: everyDetail })
    await table.store(leads)
    await table.store(leads)
    const { rows } = await sql<{ count: number }>`
      select count(*)::int as count from leads where id = any(${leads.map((lead) => lead.id)}::uuid[])`.execute(
      db,
    )
    expect(rows[0]!.count).toBe(20)
    expect(await lookup.find(leads[7]!.id)).toBe('stored')
  })

  const ways = [
    ['by the worker', (leads: readonly Lead[]) => table.store(leads)],
    ['directly', (leads: readonly Lead[]) => direct.commit(makeBatch(leads))],
  ] as const

  describe.each(ways)('stored %s', (_how, store) => {
    test.each([
      ['new to it', false],
      ['not all new to it', true],
    ])('every detail of a lead is in its row, in a batch whose phones are %s', async (_which, oneIsHeld) => {
      const [held] = makeLeads(1)
      if (oneIsHeld) await table.store([held!])
      const leads = makeLeads(3, { details: everyDetail })
      const again = { ...leads[2]!, phone: held!.phone, phoneKey: held!.phoneKey }
      await store([leads[0]!, leads[1]!, again])
      for (const { id } of leads.slice(0, 2)) {
        const row = await rowOf(id)
        for (const [column, value] of Object.values(inRow))
          expect([column, row[column]]).toEqual([column, value])
        expect(row.state).toBe('suspect')
      }
    })

    test('each lead has its own, also where several tell the same', async () => {
      const { attribution, firstTouch } = everyDetail
      const told = [undefined, { attribution }, { firstTouch }, { variant: 'hero.a' }] as const
      const leads = makeLeads(8).map((lead, index) => ({ ...lead, details: told[index % 4] }))
      await store(leads)
      const nothing = {
        attribution: null,
        variant: null,
        language: null,
        consent: null,
        suspect: null,
        state: 'new',
      }
      for (const [index, { id }] of leads.entries())
        expect(await rowOf(id)).toMatchObject(
          [
            nothing,
            { ...nothing, attribution },
            { ...nothing, attribution: { first: firstTouch } },
            { ...nothing, variant: 'hero.a' },
          ][index % 4]!,
        )
    })
  })

  test('a lead keeps its details through quarantine, also one that an earlier version laid down', async () => {
    const [lead, older] = makeLeads(2, { details: everyDetail })
    await table.quarantine(lead!, 'kept whole')
    const { attribution, variant, ...signals } = everyDetail
    await table.quarantine(
      { ...older!, details: undefined, ...{ attribution, variant, signals } },
      'kept whole',
    )
    for await (const page of quarantinedLeads(db))
      for (const { lead, reason } of page) if (reason === 'kept whole') await table.store([lead])
    for (const { id } of [lead!, older!]) {
      const row = await rowOf(id)
      for (const [column, value] of Object.values(inRow))
        expect([column, row[column]]).toEqual([column, value])
    }
  })

  test('a phone that two stores took is one lead, and the second row names it', async () => {
    const phone = { phone: '+989120000001', phoneKey: randomBytes(16).toString('hex') }
    const [first] = makeLeads(1, phone)
    const [second] = makeLeads(1, phone, acceptedAtMs(first!.id) + 1)
    await direct.commit(makeBatch([first!]))
    await table.store([second!])
    expect(await rowsOf(phone.phoneKey)).toEqual([
      { id: first!.id, duplicate_of: null },
      { id: second!.id, duplicate_of: first!.id },
    ])
  })

  test('a phone that somebody else takes at the same moment is one lead, and its batch is stored whole', async () => {
    const leads = makeLeads(3)
    const taken = leads[1]!
    const [other] = makeLeads(1)
    let storing: Promise<void> | undefined
    await db.transaction().execute(async (tx) => {
      await tx
        .insertInto('lead_claims')
        .values({
          phone_key: Buffer.from(taken.phoneKey, 'hex'),
          lead_id: other!.id,
          accepted_at: new Date(acceptedAtMs(other!.id)),
          direct: true,
        })
        .execute()
      storing = table.store(leads)
      expect(await Promise.race([storing.then(() => 'stored'), Bun.sleep(200).then(() => 'waits')])).toBe(
        'waits',
      )
    })
    await storing
    expect(await rowsOf(taken.phoneKey)).toEqual([{ id: taken.id, duplicate_of: other!.id }])
    expect(await rowsOf(leads[2]!.phoneKey)).toEqual([{ id: leads[2]!.id, duplicate_of: null }])
  })

  test('a lead that is stored but whose claim is gone is still stored once', async () => {
    const leads = makeLeads(2)
    await table.store(leads)
    await sql`delete from lead_claims where lead_id = ${leads[0]!.id}::uuid`.execute(db)
    await table.store(leads)
    await sql`delete from lead_claims where lead_id = any(${leads.map((lead) => lead.id)}::uuid[])`.execute(
      db,
    )
    await table.store(leads)
    for (const { id, phoneKey } of leads) expect(await rowsOf(phoneKey)).toEqual([{ id, duplicate_of: null }])
  })

  test.each([
    ['1234567890', 'stored'],
    ['+123456789012345', 'stored'],
    ['+1234567', 'stored'],
    ['+123456', 'refused'],
    ['123456789', 'refused'],
    ['+1234567890123456', 'refused'],
    ['++1234567890', 'refused'],
    ['12345+67890', 'refused'],
    ['1234567890 ', 'refused'],
    ['1234567890\n', 'refused'],
    ['۱۲۳۴۵۶۷۸۹۰', 'refused'],
    ['', 'refused'],
  ])('the phone %j is %s', async (phone, outcome) => {
    const storing = table.store(makeLeads(1, { phone }))
    if (outcome === 'stored') await storing
    else await expect(storing).rejects.toBeInstanceOf(Unstorable)
  })

  test('a lead taken directly is stored the moment it is acknowledged, a duplicate has no row', async () => {
    const leads = makeLeads(2, { phone: '+989120000002', phoneKey: randomBytes(16).toString('hex') })
    await direct.commit(makeBatch(leads))
    expect(await rowsOf(leads[0]!.phoneKey)).toEqual([{ id: leads[0]!.id, duplicate_of: null }])
  })

  test('a lead no row can hold is kept in quarantine, and its neighbours are answered', async () => {
    const leads = makeLeads(5).map((lead, index) => (index === 3 ? { ...lead, phone: 'not a phone' } : lead))
    const verdicts = await direct.commit(makeBatch(leads))
    expect(verdicts).toEqual(leads.map((lead) => ({ kind: 'new', id: lead.id })))
    const states = await Promise.all(leads.map((lead) => lookup.find(lead.id)))
    expect(states).toEqual(['stored', 'stored', 'stored', 'quarantined', 'stored'])
  })

  test('a row no table can hold is told apart from a store that is away', async () => {
    const leads = makeLeads(3)
    await expect(
      table.store([leads[0]!, { ...leads[1]!, phone: 'not a phone' }, leads[2]!]),
    ).rejects.toBeInstanceOf(Unstorable)
    expect(await lookup.find(leads[0]!.id)).toBeUndefined()
  })

  test('what goes to quarantine can be found, and read back whole', async () => {
    const [lead] = makeLeads(1, { phone: 'not a phone' })
    await table.quarantine(lead!, 'SQLSTATE 23514')
    await table.quarantine(lead!, 'SQLSTATE 23514')
    expect(await lookup.find(lead!.id)).toBe('quarantined')
    const row = await db
      .selectFrom('lead_quarantine')
      .selectAll()
      .where('id', '=', lead!.id)
      .executeTakeFirstOrThrow()
    expect(JSON.parse(row.payload.toString())).toEqual(lead)
  })

  test('two batches with the same phones in another order do not wait for each other in a ring', async () => {
    const keys = Array.from({ length: 100 }, () => randomBytes(16).toString('hex'))
    const withKeys = (order: string[]) =>
      makeLeads(100).map((lead, index) => ({ ...lead, phoneKey: order[index]! }))
    await Promise.all(
      Array.from({ length: 6 }, (_, turn) => table.store(withKeys(turn % 2 ? keys : keys.toReversed()))),
    )
    for (const key of keys)
      expect((await rowsOf(key)).filter((row) => row.duplicate_of === null)).toHaveLength(1)
  })

  test('migrations that several machines start at once are applied once', async () => {
    expect(await Promise.all([migrate(db), migrate(db), migrate(db)])).toEqual([[], [], []])
  })

  test('a schema that a later version has migrated is left as it is, and one that has parted from ours is refused', async () => {
    const { db: later } = await freshDatabase()
    await sql`insert into kysely_migration (name, timestamp) values ('9999-later', now()::text)`.execute(
      later,
    )
    expect(await migrate(later)).toEqual([])
    await sql`delete from kysely_migration where name = '0002-lead-signals'`.execute(later)
    await expect(migrate(later)).rejects.toThrow('9999-later')
  })

  test('the check on phones is changed beside rows and months that are there, and for those to come', async () => {
    const { db: grown } = await freshDatabase()
    const leads = createLeadTable(grown, options)
    const farMs = Date.UTC(2031, 4, 15)
    await leads.store(makeLeads(2))
    await leads.store(makeLeads(2, {}, farMs))
    await renewPhoneCheck(grown as unknown as Kysely<unknown>)
    expect(await ensurePartitions(grown, { now: new Date(farMs), monthsAhead: 0 })).toContain('leads_2031_05')
    for (const nowMs of [Date.now(), farMs]) {
      await leads.store(makeLeads(1, {}, nowMs))
      await expect(leads.store(makeLeads(1, { phone: 'not a phone' }, nowMs))).rejects.toBeInstanceOf(
        Unstorable,
      )
    }
    const { rows } = await sql<{ checks: number }>`
      select count(*)::int as checks from pg_constraint
      where conrelid = 'leads_2031_05'::regclass and contype = 'c'`.execute(grown)
    expect(rows).toEqual([{ checks: 1 }])
  })

  test('leads of a month without a partition wait in the default one, and move when it is made', async () => {
    const farMs = Date.UTC(2031, 4, 31, 23, 59, 59, 999)
    const leads = [...makeLeads(2, {}, farMs), ...makeLeads(1, {}, farMs + 1)]
    await table.store(leads)
    expect(await countInDefaultPartition(db)).toBe(3)
    await ensurePartitions(db, { now: new Date(farMs), monthsAhead: 0 })
    expect(await countInDefaultPartition(db)).toBe(1)
    await ensurePartitions(db, { now: new Date(farMs), monthsAhead: 1 })
    expect(await countInDefaultPartition(db)).toBe(0)
    for (const lead of leads) expect(await lookup.find(lead.id)).toBe('stored')
    expect(await ensurePartitions(db, { now: new Date(farMs), monthsAhead: 1 })).toEqual([])
  })
})

describe('claims that Redis does not know', () => {
  test('are told to it when it comes back empty', async () => {
    const [lead] = makeLeads(1)
    await direct.commit(makeBatch([lead!]))
    await admin.flushdb()
    await reconnected()
    const [again] = makeLeads(1, { phone: lead!.phone, phoneKey: lead!.phoneKey })
    expect(await intake.commit(makeBatch([again!]))).toEqual([{ kind: 'duplicate', id: lead!.id }])
  })

  test('are told to it when it comes back empty, those that the worker stored as well', async () => {
    const [lead] = makeLeads(1)
    await table.store([lead!])
    await admin.flushdb()
    await reconnected()
    const [again] = makeLeads(1, { phone: lead!.phone, phoneKey: lead!.phoneKey })
    expect(await intake.commit(makeBatch([again!]))).toEqual([{ kind: 'duplicate', id: lead!.id }])
  })

  test('are told to it also when they were on their way to Postgres as it opened', async () => {
    await reconnected()
    const [lead] = makeLeads(1)
    await direct.commit(makeBatch([lead!]))
    for (let tries = 0; tries < 500 && !(await redis.exists(`claim:${lead!.phoneKey}`)); tries++)
      await Bun.sleep(10)
    expect(await redis.exists(`claim:${lead!.phoneKey}`)).toBe(1)
  })

  test('are told to it when leads were taken through Postgres meanwhile', async () => {
    redis.disconnect(true)
    await until(() => !intake.isOpen())
    const [lead] = makeLeads(1)
    await direct.commit(makeBatch([lead!]))
    await until(() => intake.isOpen())
    const [again] = makeLeads(1, { phone: lead!.phone, phoneKey: lead!.phoneKey })
    expect(await intake.commit(makeBatch([again!]))).toEqual([{ kind: 'duplicate', id: lead!.id }])
  })
})

describe('the commands that mend', () => {
  test('a claim without a lead is given back, and one with a lead on its way is not', async () => {
    const [lost] = makeLeads(1)
    const [queued] = makeLeads(1)
    const [stored] = makeLeads(1)
    await seedClaims(redis, [claimOf(lost!), claimOf(stored!)], 60_000, Date.now())
    await intake.commit(makeBatch([queued!]))
    await table.store([stored!])
    const { released } = await releasePhantoms({ redis, keptOf: (ids) => keptOf(db, ids) })
    expect(released).toBeGreaterThanOrEqual(1)
    const held = (lead: Lead) => redis.exists(`claim:${lead.phoneKey}`)
    expect([await held(lost!), await held(queued!), await held(stored!)]).toEqual([0, 1, 1])
  })

  test('the claim of a lead on its way stays where its id was given out under a seal, known or not', async () => {
    const seal = createIdSeal((await redis.hget(plainKeys.known, 'seal'))!)
    const sealedWith = async ({ key, idsOf }: typeof seal) => {
      const plain = makeLeads(2)
      const ids = idsOf(plain[0]!.id, 2)
      const leads = plain.map((lead, index) => ({ ...lead, id: ids[index]! }))
      await intake.commit({ id: plain[0]!.id, leads, sealKey: key })
      return leads
    }
    const leads = await sealedWith(seal)
    expect(await intake.find(leads[1]!.id)).toBe('queued')
    const isHeld = () => redis.exists(leads.map(({ phoneKey }) => `claim:${phoneKey}`))
    await releasePhantoms({ redis, keptOf: (ids) => keptOf(db, ids) })
    expect(await isHeld()).toBe(2)
    await redis.hdel(plainKeys.known, 'seal')
    await releasePhantoms({ redis, keptOf: (ids) => keptOf(db, ids) })
    expect(await isHeld()).toBe(2)
    // The next batch says it again.
    await sealedWith(seal)
    expect(await redis.hget(plainKeys.known, 'seal')).toBe(seal.key)
  })

  test('a job that is finished and still kept does not hide a claim without a lead', async () => {
    const [lead] = makeLeads(1)
    await intake.commit(makeBatch([lead!]))
    await redis.hset(plainKeys.queue(lead!.id), 'finishedOn', Date.now())
    await releasePhantoms({ redis, keptOf: (ids) => keptOf(db, ids) })
    expect(await redis.exists(`claim:${lead!.phoneKey}`)).toBe(0)
  })

  test('after a reset every phone is new again, and tables of others are still there', async () => {
    const { db: other } = await freshDatabase()
    await sql`create table of_others (x int)`.execute(other)
    await dropTables(other)
    const { rows } = await sql<{ leads: string | null; others: string | null }>`
      select to_regclass('leads')::text as leads, to_regclass('of_others')::text as others`.execute(other)
    expect(rows).toEqual([{ leads: null, others: 'of_others' }])
    expect(await migrate(other)).toContain('0001-leads')

    const [lead] = makeLeads(1)
    await intake.commit(makeBatch([lead!]))
    expect(await forgetLeads(redis)).toBeGreaterThan(0)
    const [again] = makeLeads(1, { phone: lead!.phone, phoneKey: lead!.phoneKey })
    expect(await intake.commit(makeBatch([again!]))).toEqual([{ kind: 'new', id: again!.id }])
    expect(await intake.find(lead!.id)).toBeUndefined()
  })

  test('the backlog counts what waits and what is being stored, and tells the age of the oldest', async () => {
    const empty = redisForCommands({ url: await freshRedis(4), name: 'backlog-test', log: quietLog })
    await empty.connect()
    const nowMs = Date.now()
    expect(await readBacklog(empty, nowMs)).toEqual({ batches: 0, oldestMs: 0 })
    const idOf = (ageMs: number) => makeLeads(1, {}, nowMs - ageMs)[0]!.id
    await empty.lpush(plainKeys.queue('wait'), idOf(30_000), idOf(20_000), idOf(10_000))
    expect(await readBacklog(empty, nowMs)).toEqual({ batches: 3, oldestMs: 30_000 })
    await empty.lpush(plainKeys.queue('active'), idOf(90_000), idOf(40_000))
    expect(await readBacklog(empty, nowMs)).toEqual({ batches: 5, oldestMs: 90_000 })
    empty.disconnect()
  })

  test('quarantine is read whole, page by page, and left once a lead is stored', async () => {
    const leads = makeLeads(3)
    for (const lead of leads) await table.quarantine(lead, 'a test')
    const found: string[] = []
    for await (const page of quarantinedLeads(db))
      for (const { lead, reason } of page) if (reason === 'a test') found.push(lead.id)
    expect(found).toEqual(leads.map((lead) => lead.id))
    await table.store([leads[0]!])
    await leaveQuarantine(db, leads[0]!.id)
    expect(await lookup.find(leads[0]!.id)).toBe('stored')
    expect(await lookup.find(leads[1]!.id)).toBe('quarantined')
    expect(await keptIn('lead_quarantine', leads[0]!.id)).toBe(0)
  })
})

async function keptIn(name: 'leads' | 'lead_quarantine', id: string): Promise<number> {
  return (await db.selectFrom(name).select('id').where('id', '=', id).execute()).length
}

const claimOf = (lead: Lead) => ({ phoneKey: lead.phoneKey, leadId: lead.id, idempotencyKey: '' })

async function reconnected(): Promise<void> {
  redis.disconnect(true)
  await until(() => !intake.isOpen())
  await until(() => intake.isOpen())
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !condition(); tries++) await Bun.sleep(10)
  expect(condition()).toBe(true)
}
