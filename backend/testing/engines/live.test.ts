import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { sql } from 'kysely'
import { assign } from '../../experiments/assign.ts'
import { type Experiment, newExperiment } from '../../experiments/experiment.ts'
import { operatorOf } from '../../operators/operator-key.ts'
import { createAssignments } from '../../postgres/assignments.ts'
import { createLiveStore } from '../../postgres/live-store.ts'
import { createOperatorKeys } from '../../postgres/operator-keys.ts'
import { redisForCommands } from '../../redis/connection.ts'
import { createLiveChannel } from '../../redis/live-channel.ts'
import { assignmentsContract } from '../contracts/assignments.ts'
import { liveChannelContract } from '../contracts/live-channel.ts'
import { liveStoreContract } from '../contracts/live-store.ts'
import { operatorKeysContract } from '../contracts/operator-keys.ts'
import { freshDatabase, freshRedis, quietLog } from '../stage/engines.ts'
import { operatorCommand } from '../stage/operator-command.ts'
import { redisAdmin } from '../stage/redis-admin.ts'

const { db, url: databaseUrl } = await freshDatabase()
const redisUrl = await freshRedis(6)
const admin = redisAdmin(redisUrl)
const redis = redisForCommands({ url: redisUrl, name: 'test.live', log: quietLog })
beforeAll(() => redis.connect())
afterAll(() => {
  admin.disconnect()
  redis.disconnect()
})

const assignments = (settleMs = 0) =>
  createAssignments(db, { deadlineMs: 10_000, settleMs, nowMs: () => performance.now(), log: quietLog })

liveStoreContract('Postgres', async () => {
  await sql`truncate flags, experiments`.execute(db)
  await sql`update live_version set version = 0`.execute(db)
  return createLiveStore(db)
})
operatorKeysContract('Postgres', async () => createOperatorKeys(db))
assignmentsContract('Postgres', async () => ({ one: assignments(), other: assignments() }))

test('a variant that was given just now is not taken away by a process that has not heard of it', async () => {
  const [ahead, behind] = [assignments(60_000), assignments(60_000)]
  const visitor = crypto.randomUUID()
  await ahead.keep(visitor, new Map([['hero', { variant: 'new', variants: ['a', 'new'] }]]))
  const late = await behind.keep(visitor, new Map([['hero', { variant: 'a', variants: ['a'] }]]))
  expect(late.given.size).toBe(0)
  const again = await ahead.keep(visitor, new Map([['hero', { variant: 'a', variants: ['a', 'new'] }]]))
  expect(again.variants.get('hero')).toBe('new')
})

const open: ReturnType<typeof createLiveChannel>[] = []
afterEach(() => {
  for (const channel of open.splice(0)) channel.close()
})
async function processes(reloads: readonly (() => Promise<number>)[]) {
  const joined = reloads.map((reload) => {
    const channel = createLiveChannel(redis, quietLog)
    open.push(channel)
    channel.onChange(reload)
    return channel
  })
  for (const channel of joined) await channel.listening
  return joined as [(typeof joined)[0], ...typeof joined]
}
/** Redis forgets a listener some time after it has gone. */
async function alone(): Promise<void> {
  while (((await admin.pubsub('NUMSUB', 'live:6:changed')) as [string, number])[1] > 0) await Bun.sleep(5)
}
liveChannelContract('Redis', async (reloads) => {
  await alone()
  return processes(reloads)
})

describe('the live channel of Redis', () => {
  test('a process hears of changes again after Redis cut it off', async () => {
    await alone()
    const [channel] = await processes([async () => 7])
    const clients = String(await admin.client('LIST'))
    const id = /^id=(\d+).*name=landfast-live\b/m.exec(clients)?.[1]
    await admin.client('KILL', 'ID', Number(id))
    while ((await channel.announce(7, 1_000)).following === 0) await Bun.sleep(5)
  })

  test('whatever else is written to the channel changes nothing, and is said once', async () => {
    const said: string[] = []
    const log = { ...quietLog, warn: (event: string) => void said.push(event) }
    const channel = createLiveChannel(redis, log)
    open.push(channel)
    let reloads = 0
    channel.onChange(async () => ++reloads)
    await channel.listening
    const to = { id: crypto.randomUUID(), replyTo: 'live:0:heard:x' }
    for (const odd of [
      'null',
      '',
      '{',
      '[]',
      '7',
      '{"version":"7"}',
      JSON.stringify({ ...to, version: 1e300 }),
      JSON.stringify({ ...to, version: 1, replyTo: 'elsewhere' }),
    ])
      await redis.publish(`live:${redis.options.db ?? 0}:changed`, odd)
    expect(await channel.announce(1, 10_000)).toEqual({ listening: 1, following: 1 })
    expect(reloads).toBe(1)
    expect(said).toEqual(['live.odd_message'])
  })

  test('another Landfast in another database of the same Redis hears nothing', async () => {
    await alone()
    const elsewhere = redis.duplicate({ db: 7 })
    let heard = 0
    const other = createLiveChannel(elsewhere, quietLog)
    open.push(other)
    other.onChange(async () => {
      heard++
      return 7
    })
    await other.listening
    const [channel] = await processes([async () => 7])
    expect(await channel.announce(7, 10_000)).toEqual({ listening: 1, following: 1 })
    expect(heard).toBe(0)
    elsewhere.disconnect()
  })

  test('without Redis nobody can be told, and it says so at once', async () => {
    const away = redisForCommands({ url: 'redis://127.0.0.1:1', name: 'test.away', log: quietLog })
    await expect(createLiveChannel(away, quietLog).announce(7, 10_000)).rejects.toThrow()
    away.disconnect()
  })
})

test('new weights move nobody who is assigned, in any process', async () => {
  const visitors = Array.from({ length: 3_000 }, () => crypto.randomUUID())
  const even = newExperiment('move', ['a', 'b'])
  const skewed: Experiment = {
    ...even,
    variants: [
      { name: 'a', weight: 1 },
      { name: 'b', weight: 99 },
    ],
  }
  const variantsBy = async (experiment: Experiment) => {
    const deps = { assignments: assignments() }
    const answers = await Promise.all(
      visitors.map((visitor) => assign(deps, visitor, new Map([['move', experiment]]))),
    )
    expect(answers.every(({ stored }) => stored)).toBe(true)
    return answers.map(({ variants }) => variants.get('move'))
  }
  const before = await variantsBy(even)
  expect(new Set(before).size).toBe(2)
  expect(await variantsBy(skewed)).toEqual(before)
})

describe('bun run admin:key', () => {
  const settings = { DATABASE_URL: databaseUrl, ACK_MODE: 'pg', SECRET_KEY: 'k'.repeat(40) }
  const command = (...words: string[]) => operatorCommand(['admin.ts', 'key', ...words], settings)

  test('prints a key that works, lists it without its secret, and revokes it', async () => {
    const keys = createOperatorKeys(db)
    const made = await command('--name', 'Sara')
    const key = made.out.trim()
    const operator = await operatorOf(keys, key)
    expect(operator?.name).toBe('Sara')
    const listed = await command('--list')
    expect(listed.out).toContain(`${operator!.id}  made `)
    expect(listed.out).not.toContain(key)
    expect((await command('--revoke', operator!.id)).out).toContain('no longer works')
    expect(await operatorOf(keys, key)).toBeUndefined()
    const again = await command('--revoke', operator!.id)
    expect(again.code).toBe(1)
    expect(again.err).toContain('There is no working key')
  })

  test('does nothing when two things are asked for', async () => {
    const { code, err } = await command('--list', '--name', 'Sara')
    expect(code).toBe(1)
    expect(err).toContain('Usage')
  })
})
