import { expect, test } from 'bun:test'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { sql } from 'kysely'
import { MongoClient } from 'mongodb'
import { until } from '../stage/faults.ts'
import { startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'
import { redisAdmin } from '../stage/redis-admin.ts'

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])
const mongoUrl = new URL(process.env.MONGO_URL!)
mongoUrl.pathname = `/canary_${process.pid}`
const mongo = new MongoClient(mongoUrl.href)
atEnd(async () => {
  await mongo.db().dropDatabase()
  await mongo.close()
})
const line = await startLine({
  env: { ...services.env, MONGO_URL: mongoUrl.href, LOG_LEVEL: 'debug', DEFAULT_REGION: 'IR' },
})
atEnd(() => line.stop())
const admin = redisAdmin(services.env.REDIS_URL!)
atEnd(() => admin.disconnect())

// Nobody's number, in the spellings in which people and their addresses write it. The digits that all share are looked for.
const canary = '+989127654321'
const spellings = [
  ...[canary, '09127654321', '0912 765 4321', '0912-765-4321', '۰۹۱۲۷۶۵۴۳۲۱', '%2B989127654321'],
  ...[
    '989127654321',
    '9127654321',
    '0912_765_4321',
    '0912:765:4321',
    'tel09127654321',
    'u-09127654321',
    '09127654321x',
  ],
  ...['%DB%B0%DB%B9%DB%B1%DB%B2%DB%B7%DB%B6%DB%B5%DB%B4%DB%B3%DB%B2%DB%B1', '0912\u200c765%C2%B74321'],
]
const digits = '9127654321'
const inLatin = (text: string) =>
  text
    .replace(/%DB%B([0-9])/g, '$1')
    .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x6f0))
    .replace(/%20|%C2%B7|[\s().+_:\u200c-]/g, '')
const tells = (text: string) => inLatin(text).includes(digits)

const campaignFields = [
  'utm_source',
  'utm_medium',
  'utm_campaign',
  'utm_term',
  'utm_content',
  'gclid',
  'referrer',
]
const visitorOf = (spelling: string) => spelling.replace(/[^!-~]/g, '') || 'canary'
const visitors = new Set(spellings.map(visitorOf))
const everywhere = (spelling: string) => Object.fromEntries(campaignFields.map((name) => [name, spelling]))

async function post(path: string, body: unknown, spelling: string): Promise<number> {
  const answer = await fetch(`${line.origin}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent': `Browser ${spelling.replace(/[^\x20-\x7e]/g, '')}`,
      referer: `https://search.example/${encodeURIComponent(spelling)}?q=${encodeURIComponent(spelling)}`,
      'idempotency-key': `${digits}-${Math.random()}`,
    },
    body: JSON.stringify(body),
  })
  await answer.arrayBuffer()
  return answer.status
}

test('a phone that stands in every field is found in leads, and nowhere else', async () => {
  for (const spelling of spellings) {
    const fields = { ...everywhere(spelling), language: spelling, consent: spelling, variant: spelling }
    await post('/api/leads', { phone: canary, ...fields, first_touch: everywhere(spelling) }, spelling)
    await post('/api/leads', { phone: `${spelling} and more`, ...fields }, spelling)
    await post('/api/leads', { phone: 'none', ...fields, website: spelling }, spelling)
    const event = {
      visitor_id: visitorOf(spelling),
      event_type: 'page_view',
      value: Number(digits),
      url: `/thanks/${spelling}?tel=${spelling}`,
    }
    expect(await post('/api/events', { ...event, attribution: everywhere(spelling) }, spelling)).toBe(202)
    await fetch(`${line.origin}/api/assign?visitor_id=${encodeURIComponent(event.visitor_id)}`).then(
      (answer) => answer.arrayBuffer(),
    )
    const query = new URLSearchParams(everywhere(spelling))
    const page = await fetch(`${line.origin}/en?${query}`, {
      headers: { referer: `https://x.example/${spelling.replace(/[^\x20-\x7e]/g, '')}` },
    })
    await page.arrayBuffer()
  }
  await until('the lead is stored', async () => (await leadsOfCanary()) > 0)
  await until(
    'every event is stored',
    async () => (await countOf('events')) === spellings.length * 2 + visitors.size,
  )
  const log = mongo.db().collection('request_logs')
  await until('the request log has them', async () => (await log.countDocuments()) >= spellings.length * 2)

  const found: string[] = []
  for (const table of await tables()) {
    const all = await sql<{ row: string }>`select t::text as row from ${sql.table(table)} as t`.execute(db)
    if (all.rows.some(({ row }) => tells(row))) found.push(table)
  }
  expect(found.filter((table) => !/^leads(_\d{4}_\d{2}|_default)?$/.test(table))).toEqual([])
  expect(found).not.toEqual([])
  const logged = (await log.find().toArray()).map((entry) => JSON.stringify(entry))
  expect(logged.filter(tells)).toEqual([])
  expect(tells(line.api.output() + line.worker.output())).toBe(false)
  expect(await toldByRedis()).toEqual([])
})

test('once the leads are stored, the files of Redis forget them within a day', async () => {
  expect(await toldByFiles()).not.toEqual([])
  await sql`update chore_turns set taken_at = now() - interval '25 hours'`.execute(db)
  await until('no file of Redis tells it', async () => (await toldByFiles()).length === 0)
  expect(line.worker.output()).toContain('redis.file_rewritten')
  expect(line.worker.output()).not.toContain('chore.failed')
})

/** The files of Redis in which it stands, in the one form in which leads are kept. */
async function toldByFiles(): Promise<string[]> {
  const [, folder] = (await admin.call('CONFIG', 'GET', 'dir').then(flat)) as [string, string]
  const names = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  // A rewrite takes files away while we look.
  const texts = await Promise.all(names.map((name) => readFile(name, 'latin1').catch(() => '')))
  return names.filter((_, at) => texts[at]!.includes(digits))
}

const flat = (reply: unknown) => (Array.isArray(reply) ? reply : Object.entries(reply as object)[0])

const leadsOfCanary = async () => {
  const { rows } = await sql<{
    count: number
  }>`select count(*)::int as count from leads where phone = ${canary}`.execute(db)
  return rows[0]!.count
}

async function countOf(table: string): Promise<number> {
  const { rows } = await sql<{
    count: number
  }>`select count(*)::int as count from ${sql.table(table)}`.execute(db)
  return rows[0]!.count
}

async function tables(): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select c.relname as name from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
    where c.relkind in ('r', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')`.execute(
    db,
  )
  return rows.map(({ name }) => name)
}

/** The keys of Redis in whose name or value it stands. A stored batch leaves nothing. */
async function toldByRedis(): Promise<string[]> {
  const redis = new Redis(services.env.REDIS_URL!)
  try {
    const found: string[] = []
    for await (const page of redis.scanStream())
      for (const key of page as string[]) if (tells(key) || tells(await textIn(redis, key))) found.push(key)
    return found
  } finally {
    redis.disconnect()
  }
}

async function textIn(redis: Redis, key: string): Promise<string> {
  const type = await redis.type(key)
  if (type === 'string') return (await redis.get(key)) ?? ''
  if (type === 'hash') return JSON.stringify(await redis.hgetall(key))
  if (type === 'list') return (await redis.lrange(key, 0, -1)).join('\n')
  if (type === 'zset') return (await redis.zrange(key, '0', '-1')).join('\n')
  if (type === 'set') return (await redis.smembers(key)).join('\n')
  if (type === 'stream') return JSON.stringify(await redis.xrange(key, '-', '+'))
  return ''
}
