import { expect, test } from 'bun:test'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { sql } from 'kysely'
import { Client } from 'minio'
import { startServices } from '../../local/services.ts'
import { createMemoryNews } from '../../memory/lead-news.ts'
import { connectPostgres, type Db } from '../../postgres/connection.ts'
import { deliveriesHeldSince } from '../../postgres/delivery-hold.ts'
import { createLeadTable } from '../../postgres/leads.ts'
import { ensurePartitions } from '../../postgres/partitions.ts'
import { root, textOf } from '../house/sources.ts'
import { addReceiver } from '../stage/deliveries.ts'
import { addressOf, quietLog } from '../stage/engines.ts'
import { rowsOf, submitTo, until } from '../stage/faults.ts'
import { makeLeads, newPhone } from '../stage/leads.ts'
import { findBroken, nothingBroken, sendVisitors, untilStored } from '../stage/ledger.ts'
import { freePorts, lineSecret, startLine } from '../stage/line.ts'
import { operatorCommand } from '../stage/operator-command.ts'
import { ownServices } from '../stage/own-services.ts'
import { pathOfProgram } from '../stage/programs.ts'
import { startReceiver } from '../stage/receiver.ts'
import { adminUser } from '../stage/redis-admin.ts'

const { services, folder, db, atEnd } = await ownServices(['postgres', 'redis'])
const receiver = await startReceiver()
atEnd(receiver.stop)
await addReceiver(db, lineSecret, receiver, { name: 'crm' })
const deliveryEnv = { DELIVERY_ALLOW: '127.0.0.1' }
const first = await startLine({ env: { ...services.env, ...deliveryEnv } })
atEnd(first.stop)

const backups = mkdtempSync(join(tmpdir(), 'landfast-backups-'))
atEnd(() => rmSync(backups, { recursive: true, force: true }))
const keys = {
  SECRET_KEY: lineSecret,
  BACKUP_KEY: new Bun.CryptoHasher('sha256').update('the backups of the tests').digest('hex'),
  BACKUP_DIR: backups,
}
const here = { ...services.env, ...keys, BACKUP_REDIS_DIR: join(folder, 'redis') }
const newest = () => readdirSync(backups).sort().at(-1)!

/** A machine with nothing on it but servers that were never ours. */
const elsewhere = mkdtempSync(join(tmpdir(), 'landfast-elsewhere-'))
const onlyPostgres = await startServices({ dataDir: elsewhere, only: ['postgres'], own: true })
atEnd(async () => {
  await onlyPostgres.stop()
  rmSync(elsewhere, { recursive: true, force: true })
})
const there = { ...onlyPostgres.env, ...keys, BACKUP_REDIS_DIR: join(elsewhere, 'redis') }
let redisUrl = 'redis://127.0.0.1:9'
const restore = (...words: string[]) =>
  operatorCommand(['restore.ts', ...words], { ...there, REDIS_URL: redisUrl })

async function leadsIn(from: Db): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select id from leads where duplicate_of is null`.execute(from)
  return rows.map(({ id }) => id)
}

async function restored(): Promise<Db> {
  const made = connectPostgres({
    url: onlyPostgres.env.MIGRATE_DATABASE_URL!,
    poolMax: 2,
    applicationName: 'backup-test',
    log: quietLog,
  })
  atEnd(() => made.destroy())
  return made
}

test('the service that makes backups archives and drops a month at its time, and it is put back, while visitors come and none is refused', async () => {
  const month = '2026-02'
  const then = Date.UTC(2026, 1, 14)
  await ensurePartitions(db, { now: new Date(then), monthsAhead: 0 })
  const table = createLeadTable(db, { dedupWindowMs: 60_000, news: createMemoryNews() })
  await table.store(makeLeads(400, {}, then))
  const monthly = async () => {
    const { rows } = await sql<{ row: string }>`
      select to_jsonb(kept)::text as row from leads as kept
      where accepted_at < '2026-03-01' order by 1`.execute(db)
    return rows.map(({ row }) => row)
  }
  const before = await monthly()
  expect(before).toHaveLength(400)
  const endpoint = new URL(addressOf('S3_ENDPOINT'))
  const [accessKey, secretKey] = [process.env.S3_ACCESS_KEY ?? '', process.env.S3_SECRET_KEY ?? '']
  const bucket = `archives-${crypto.randomUUID()}`
  await new Client({
    ...{ endPoint: endpoint.hostname, port: Number(endpoint.port), useSSL: endpoint.protocol === 'https:' },
    ...{ accessKey, secretKey },
  }).makeBucket(bucket)
  const [port] = (await freePorts(1)) as [number]
  const settings = {
    ...{ ...here, BACKUP_DIR: join(backups, 'of-the-service'), WORKER_PORT: String(port) },
    ...{ LEAD_ARCHIVE_DAYS: '60', BACKUP_COPY_ENDPOINT: endpoint.origin, BACKUP_COPY_BUCKET: bucket },
    ...{ BACKUP_COPY_ACCESS_KEY: accessKey, BACKUP_COPY_SECRET_KEY: secretKey },
  }
  const visitors = sendVisitors({ origin: first.origin, perSecond: 100, together: 2 })
  await until('they come', () => visitors.ledger.accepted.length > 20)
  const service = Bun.spawn(
    [process.execPath, '--no-env-file', 'backend/commands/backup.ts', '--every', '1'],
    { cwd: root, env: { PATH: process.env.PATH, ...settings }, stdout: 'pipe', stderr: 'inherit' },
  )
  await until('the month is gone from Postgres', async () => (await monthly()).length === 0)
  service.kill('SIGTERM')
  expect(await new Response(service.stdout).text()).toContain(`Dropped ${month} from Postgres.`)
  expect(await operatorCommand(['archive.ts', month, '--restore'], settings)).toMatchObject({
    code: 0,
    err: '',
  })
  expect(await monthly()).toEqual(before)
  const ledger = await visitors.leave()
  expect(ledger.unanswered).toBe(0)
  expect(await untilStored(first.origin, ledger, 30_000)).toEqual([])
  expect(await findBroken(db, ledger, 86_400_000)).toEqual(nothingBroken)
  rmSync(settings.BACKUP_DIR, { recursive: true })
}, 60_000)

test('after everything is lost, whoever was acknowledged before the backup is there once, and is sent to nobody again', async () => {
  const visitors = sendVisitors({ origin: first.origin, perSecond: 150, together: 5 })
  await until('some are stored and sent', () => receiver.ledger.size >= 50)
  // From now on they wait in Redis, and the backup finds them there.
  await first.worker.kill('SIGTERM')
  const before = visitors.ledger.accepted.length
  await until('some wait', () => visitors.ledger.accepted.length >= before + 30)
  const acknowledged = [...visitors.ledger.accepted]
  const made = await operatorCommand(['backup.ts'], here)
  expect(made).toMatchObject({ code: 0, err: '' })
  expect(made.out).toContain('it holds')
  const later = visitors.ledger.accepted.length
  expect(later).toBeGreaterThan(acknowledged.length)
  await visitors.leave()
  const sent = receiver.attempts.length
  await first.stop()
  await services.redis.kill()
  await services.postgres.kill()

  expect(await restore(newest())).toMatchObject({ code: 0, err: '' })
  const redis = await startServices({
    dataDir: elsewhere,
    only: ['redis'],
    own: true,
    redisSettings: adminUser,
  })
  atEnd(redis.stop)
  redisUrl = redis.env.REDIS_URL!
  const line = await startLine({ env: { ...onlyPostgres.env, ...redis.env, ...deliveryEnv } })
  atEnd(line.stop)
  const kept = { ...visitors.ledger, accepted: acknowledged, duplicates: [] }
  expect(await untilStored(line.origin, kept, 30_000)).toEqual([])
  const copy = await restored()
  expect(await findBroken(copy, kept, 86_400_000)).toEqual(nothingBroken)
  const again = await submitTo(line.origin, acknowledged.at(-1)!.phone)
  expect(again).toMatchObject({ duplicate: true })
  expect(await deliveriesHeldSince(copy)).toBeDefined()
  expect(receiver.attempts.length).toBe(sent)

  const compared = await operatorCommand(['leads.ts', 'reconcile'], { ...there, REDIS_URL: redisUrl })
  expect(compared.out).toMatch(/; 0 of them had no lead/)
  await line.stop()
}, 120_000)

test('Postgres put back beside a Redis that knows more: comparing reports exactly the leads that are gone', async () => {
  const copy = await restored()
  const line = await startLine({ env: { ...onlyPostgres.env, REDIS_URL: redisUrl } })
  const gone = Array.from({ length: 20 }, () => newPhone())
  for (const phone of gone) expect(await submitTo(line.origin, phone)).toMatchObject({ status: 202 })
  await until('they are stored', async () => (await rowsOf(copy, gone)).length === gone.length)
  await line.stop()
  const before = await leadsIn(copy)

  const refused = await restore('latest', '--only', 'postgres')
  expect(refused.code).toBe(1)
  expect(refused.err).toMatch(/^The database holds \d+ leads: nothing was changed\./)
  expect(await rowsOf(copy, gone)).toHaveLength(gone.length)
  const erased = 'e'.repeat(32)
  await sql`
    insert into erasures (id, phone_key, asked_by) values (gen_random_uuid(), decode(${erased}, 'hex'), '{}')`.execute(
    copy,
  )
  const replaced = await restore('latest', '--only', 'postgres', '--replace')
  expect(replaced).toMatchObject({ code: 0, err: '' })
  expect(replaced.out).toContain(`somebody who was erased since is back: bun run leads:erase ${erased}\n`)
  await until('it is there', async () => (await rowsOf(copy, gone).catch(() => gone)).length === 0)

  // With them those that had waited when the backup was made, and were stored since.
  const after = new Set(await leadsIn(copy))
  const lost = before.filter((id) => !after.has(id))
  expect(lost.length).toBeGreaterThanOrEqual(gone.length)
  const compared = await operatorCommand(['leads.ts', 'reconcile'], { ...there, REDIS_URL: redisUrl })
  expect(compared.out).toContain(`${lost.length} of them had no lead and were given back`)
  const { rows } = await sql<{ datname: string }>`
    select datname from pg_database where datname like 'landfast_before_%'`.execute(copy)
  // The empty one that was there first, and the one that held leads.
  expect(rows).toHaveLength(2)
}, 60_000)

test('what is in the way, damaged or made with another key is refused in one sentence', async () => {
  const redisRuns = await restore('latest')
  expect(redisRuns.err).toStartWith('Redis runs, and knows more than the backup')
  const asIs = { ...there, REDIS_URL: redisUrl }
  const other = await operatorCommand(['backup.ts', '--check', newest()], { ...asIs, BACKUP_KEY: lineSecret })
  expect(other.err).toContain('made with another BACKUP_KEY, or was changed')
  const secret = { ...asIs, SECRET_KEY: keys.BACKUP_KEY }
  const hashed = await operatorCommand(['restore.ts', 'latest', '--only', 'postgres'], secret)
  expect(hashed.err).toContain('made with another SECRET_KEY')
  const whole = await operatorCommand(['backup.ts', '--check', newest()], asIs)
  expect(whole.out).toContain('is whole')
  expect(await Bun.file(join(backups, newest(), 'settings.env.enc')).text()).not.toContain('landfast_api')
  writeFileSync(join(backups, newest(), 'postgres.dump.enc'), 'nothing')
  const damaged = await restore('latest', '--only', 'postgres', '--replace')
  expect(damaged.err).toMatch(/^The file postgres\.dump\.enc of the backup \S+ is missing or damaged/)
})

async function done(...command: [string, ...string[]]): Promise<void> {
  const run = Bun.spawn(command, { cwd: root, stdout: 'ignore', stderr: 'pipe' })
  const [said, code] = await Promise.all([new Response(run.stderr).text(), run.exited])
  expect([command[0], code, code === 0 ? '' : said]).toEqual([command[0], 0, ''])
}

test('with an archive of its log Postgres goes back to the moment before a table was dropped', async () => {
  await services.postgres.restart()
  const data = join(folder, 'postgres')
  const archive = join(folder, 'archive')
  mkdirSync(archive)
  chmodSync(archive, 0o777)
  const keyFile = join(folder, 'backup-key')
  writeFileSync(keyFile, keys.BACKUP_KEY)
  const script = join(folder, 'wal')
  writeFileSync(script, textOf('docker/postgres/wal'))
  for (const file of [keyFile, script]) chmodSync(file, 0o755)
  const wal = `env BACKUP_KEY_FILE=${keyFile} ARCHIVE=${archive} sh ${script}`
  const statements = textOf('docker/postgres/archive.sql').replaceAll('sh /usr/local/bin/wal', wal)
  for (const statement of statements
    .replaceAll(/^--.*$/gm, '')
    .split(';\n')
    .filter((each) => each.trim()))
    await sql.raw(statement).execute(db)
  await services.postgres.restart()
  const table = createLeadTable(db, { dedupWindowMs: 60_000, news: createMemoryNews() })
  const count = async () =>
    Number((await sql<{ n: string }>`select count(*) as n from leads`.execute(db)).rows[0]!.n)

  const PATH = `${dirname(pathOfProgram('pg_dump'))}:${process.env.PATH}`
  await done('env', `PATH=${PATH}`, ...wal.split(' '), 'base', '-d', services.env.MIGRATE_DATABASE_URL!)
  const [told] = makeLeads(1)
  await table.store([told!])
  await table.store(makeLeads(40))
  const before = await count()
  const { rows } = await sql<{ now: string }>`select clock_timestamp()::text as now`.execute(db)
  await sql`drop table leads cascade`.execute(db)
  const { rows: last } = await sql<{ file: string }>`select pg_walfile_name(pg_switch_wal()) as file`.execute(
    db,
  )
  await until('its log is in the archive', () => readdirSync(archive).includes(`${last[0]!.file}.enc`))
  const kept = readdirSync(archive).map((file) => readFileSync(join(archive, file)))
  expect(kept.some((bytes) => bytes.includes(told!.phone))).toBe(false)
  // Postgres asks again where it went down before it noted that one was kept.
  const piece = join(data, 'pg_wal', last[0]!.file)
  await done(...(wal.split(' ') as [string]), 'keep', piece, last[0]!.file)

  await services.postgres.kill('SIGINT')
  renameSync(data, join(folder, 'lost'))
  await done('env', `WAL=${wal}`, 'sh', 'docker/postgres/go-back', data, rows[0]!.now)
  await done('chown', '-R', `--reference=${join(folder, 'lost')}`, data)
  await services.postgres.restart()
  await until('it is there as it was', async () => (await count().catch(() => -1)) === before)
  await until('it takes leads again', async () =>
    table.store(makeLeads(1)).then(
      () => true,
      () => false,
    ),
  )
}, 60_000)
