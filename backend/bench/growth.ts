import { sql } from 'kysely'
import type { Db } from '../postgres/connection.ts'
import { claimTtlMs } from '../redis/claims.ts'
import { plainKeys } from '../redis/keys.ts'
import { runOf } from '../redis/vitals.ts'
import type { Stage } from './stage.ts'

const leadsPerStep = 50_000
const dayMs = 86_400_000

// KEYS none. ARGV[1] the first number, ARGV[2] the last, ARGV[3] prefix of claim keys, ARGV[4] TTL in ms.
const claimScript = `
for n = tonumber(ARGV[1]), tonumber(ARGV[2]) do
  local hash = redis.sha1hex(n)
  redis.call('SET', ARGV[3] .. string.sub(hash, 1, 32),
    '01a00000-0000-7000-8000-' .. string.sub(hash, 1, 12) .. ':' .. string.sub(hash, 9), 'PX', ARGV[4])
end`

/** Puts leads of the past day and their claims into both stores, as if they had been submitted. */
export async function seedLeads(stage: Stage, count: number): Promise<void> {
  const { redis, db } = stage
  // Room for the claims: the server of `start` is sized for the machine, not for this.
  await redis.config('SET', 'maxmemory', '0')
  await whileLogMayGrow(db, async () => {
    for (let from = 1; from <= count; from += leadsPerStep) {
      const to = Math.min(count, from + leadsPerStep - 1)
      await Promise.all([
        redis.eval(claimScript, 0, from, to, plainKeys.claim, claimTtlMs(dayMs)),
        storeLeads(db, { from, to, count }),
      ])
    }
  })
  // Else Postgres would do it by itself while the line is measured.
  for (const table of ['leads', 'lead_claims'])
    await untilDone(() => sql`vacuum (analyze) ${sql.table(table)}`.execute(db))
  await untilDone(() => sql`checkpoint`.execute(db))
  // Else the API would read all of them out of Postgres to tell Redis.
  await redis.hset(plainKeys.known, { told: Date.now(), run: await runOf(redis) })
}

async function storeLeads(db: Db, { from, to, count }: { from: number; to: number; count: number }) {
  await sql`
    with given as (
      select n, md5(n::text) as hash, now() - make_interval(secs => 82800 * (1 - n::float8 / ${count}::float8)) as at
      from generate_series(${from}::bigint, ${to}::bigint) as n
    ), named as (
      select *, (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0')
        || '7' || left(hash, 3) || 'a' || substr(hash, 4, 15))::uuid as id from given
    ), claimed as (
      insert into lead_claims (phone_key, lead_id, accepted_at, idempotency_key, direct)
      select decode(hash, 'hex'), id, at, decode(reverse(hash), 'hex'), false from named order by hash
    )
    insert into leads (id, accepted_at, phone, phone_key, attribution)
    select id, at, '+9' || lpad(n::text, 13, '0'), decode(hash, 'hex'),
      '{"utm_source":"tv","utm_medium":"spot","utm_campaign":"autumn-2026-prime-time"}'::jsonb
    from named`.execute(db)
}

/** Without checkpoints in between: phone keys come in no order, and after each the log holds every page anew. */
async function whileLogMayGrow(db: Db, work: () => Promise<void>): Promise<void> {
  const settings = { max_wal_size: '64GB', checkpoint_timeout: '1d' }
  const reload = () => sql`select pg_reload_conf()`.execute(db)
  for (const [name, value] of Object.entries(settings))
    await sql`alter system set ${sql.raw(name)} = ${sql.lit(value)}`.execute(db)
  await reload()
  try {
    await work()
  } finally {
    for (const name of Object.keys(settings)) await sql`alter system reset ${sql.raw(name)}`.execute(db)
    await reload()
  }
}

const canceled = '57014'
const triesMax = 100

/** Our connections cancel what takes long; both statements go on where they were stopped. */
async function untilDone(work: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries++)
    try {
      await work()
      return
    } catch (error) {
      const { code, message } = error as { code?: string; message: string }
      if (tries === triesMax || (code !== canceled && !message.includes('timeout'))) throw error
    }
}
