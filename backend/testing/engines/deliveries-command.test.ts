import { afterAll, expect, test } from 'bun:test'
import { sql } from 'kysely'
import { createMemoryNews } from '../../memory/lead-news.ts'
import { createLeadTable } from '../../postgres/leads.ts'
import { startDelivering } from '../stage/deliveries.ts'
import { freshDatabase } from '../stage/engines.ts'
import { until } from '../stage/faults.ts'
import { makeLeads } from '../stage/leads.ts'
import { operatorCommand } from '../stage/operator-command.ts'
import { startReceiver } from '../stage/receiver.ts'

const { url: databaseUrl, db } = await freshDatabase()
const secretKey = 'k'.repeat(40)
const settings = {
  DATABASE_URL: databaseUrl,
  ACK_MODE: 'pg',
  SECRET_KEY: secretKey,
  DELIVERY_ALLOW: '127.0.0.1',
}
const run = (...words: string[]) => operatorCommand(['deliveries.ts', ...words], settings)
const said = async (...words: string[]) => {
  const { out, err, code } = await run(...words)
  return `${code} ${out}${err}`
}
const table = createLeadTable(db, { dedupWindowMs: 60_000, news: createMemoryNews() })
const receiver = await startReceiver()
const running = startDelivering(db, secretKey)
afterAll(async () => {
  await running.stop()
  await receiver.stop()
})

test('an endpoint is added, tried, seen, paused, recovered, replayed, given a new secret and removed', async () => {
  expect(await said('list')).toContain('No endpoint is told of leads yet')
  const added = await run('add', 'crm', receiver.url, '--header', 'Authorization: Bearer hush')
  expect([added.code, added.err]).toEqual([0, expect.stringContaining('shown this once')])
  expect(added.out).toMatch(/^whsec_\S+\n$/)
  receiver.trust(added.out.trim())
  const tried = await said('test', 'crm')
  expect(tried).toContain('Delivered.')
  expect(tried).toContain('Authorization: (hidden)')
  expect(receiver.attempts[0]).toMatchObject({
    type: 'delivery.test',
    headers: { authorization: 'Bearer hush' },
  })

  const [first, second] = makeLeads(2)
  await table.store([first!])
  await until('it is delivered', () => receiver.ledger.size === 2)
  await until('the list says so', async () =>
    /crm .*100 % of 1 attempts today.*nothing waits; 0 given up/s.test(await said('list')),
  )
  expect(await said('log', 'crm')).toContain(`lead.stored  ${first!.id}  #1`)
  expect(await said('log', '--lead', first!.id)).toContain('thanks')

  expect(await said('pause', 'crm')).toContain('leads wait')
  await table.store([second!])
  await until('it waits', async () => (await said('list')).includes('1 wait'))
  expect(await said('list')).toContain('paused (an operator paused it)')
  expect(await said('recover', 'crm')).toContain('1 deliveries go out now')
  await until('it is delivered', () => receiver.ledger.size === 3)

  expect(await said('replay', 'crm')).toStartWith('1 Say which')
  const before = receiver.attempts.length
  expect(await said('replay', 'crm', '--lead', first!.id)).toContain('1 deliveries would go out once more')
  expect(await said('replay', 'crm', '--lead', first!.id, '--yes')).toContain('1 deliveries go out once more')
  await until('it came again', () => receiver.attempts.length === before + 1)
  expect(receiver.attempts.at(-1)!.id).toBe(`lead_stored_${first!.id}`)

  expect(await said('move', 'crm', 'https://10.0.0.1/')).toContain('DELIVERY_ALLOW')
  expect(await said('move', 'crm', `${receiver.url}?new=1`)).toContain('is reached there from now on')
  expect(await said('test', 'crm')).toContain('Authorization: (hidden)')
  const rotated = await run('rotate', 'crm')
  expect(rotated.out).toMatch(/^whsec_\S+\n$/)
  // Both are believed for a day; from now on by the new one.
  receiver.trust(rotated.out.trim())
  expect(await said('test', 'crm')).toContain('Delivered.')
  expect(receiver.unverified).toEqual([])

  expect(await said('remove', 'crm')).toContain('--yes does it')
  expect(await said('remove', 'crm', '--yes')).toContain('is forgotten')
  const audit = await said('audit', 'crm')
  expect([...audit.matchAll(/ {2}(delivery\.\w+) {2}/g)].map(([, action]) => action!).toReversed()).toEqual([
    ...['delivery.added', 'delivery.tested', 'delivery.changed', 'delivery.sent_again', 'delivery.changed'],
    ...['delivery.sent_again', 'delivery.changed', 'delivery.tested', 'delivery.changed'],
    ...['delivery.tested', 'delivery.removed'],
  ])
  expect(audit).toContain('{"state":"on"} -> {"state":"paused","because":"an operator paused it"}')
  expect(audit).toContain(`"lead_id":"${first!.id}"`)
  expect(audit).toContain('"secret":"another"')
  for (const hidden of ['hush', 'whsec_', '/leads', first!.phone]) expect(audit).not.toContain(hidden)
  expect(await said('list')).toContain('No endpoint is told of leads yet')
}, 60_000)

test('no secret, path or header stands in the database as it is', async () => {
  const { out } = await run(
    'add',
    'sealed',
    `${receiver.url}/path-like-a-password`,
    '--header',
    'X-Key: hush-hush',
  )
  const { rows } = await sql<{
    row: string
  }>`select delivery_endpoints::text as row from delivery_endpoints`.execute(db)
  const hex = rows.map(({ row }) => row).join()
  const raw = Buffer.from(/\\x([0-9a-f]+)/.exec(hex)![1]!, 'hex').toString('latin1')
  for (const hidden of [out.trim().slice(6), 'path-like-a-password', 'hush-hush']) {
    expect(hex).not.toContain(hidden)
    expect(raw).not.toContain(hidden)
  }
  await run('remove', 'sealed', '--yes')
})

test('an endpoint that was sealed with another SECRET_KEY is parked and says so', async () => {
  await run('add', 'moved', receiver.url)
  const other = startDelivering(db, 'j'.repeat(40))
  await until('it is parked', async () =>
    (await said('list')).includes('cannot be read with this SECRET_KEY'),
  )
  await other.stop()
  const test = await operatorCommand(['deliveries.ts', 'test', 'moved'], {
    ...settings,
    SECRET_KEY: 'j'.repeat(40),
  })
  expect(test).toMatchObject({
    code: 1,
    err: expect.stringContaining('remove the endpoint and add it again'),
  })
  await run('remove', 'moved', '--yes')
})

test.each([
  [['add', 'Bad Name', 'https://example.com/'], 'The name may have'],
  [['add', 'x', 'nowhere'], 'The address must be like'],
  [['add', 'x', 'https://script.google.com/macros/s/x/dev'], 'The address of a sheet is like'],
  [
    ['add', 'x', 'https://hooks.slack.com/T1/B1/x', '--target', 'slack'],
    'A Slack address is like https://hooks.slack.com/services/',
  ],
  [
    ['add', 'x', 'https://hooks.slack.com/T1/B1/x'],
    'A Slack address is like https://hooks.slack.com/services/',
  ],
  [['add', 'x', '--target', 'telegram', '--chat', '1'], '--token is missing: it must be the token of a bot'],
  [['add', 'x', 'https://example.com/', '--chat', '1'], '--chat is for telegram'],
  [['add', 'x'], 'The address must be like'],
  [['add', 'x', 'https://10.0.0.1/'], 'add 10.0.0.1 to DELIVERY_ALLOW'],
  [['add', 'x', 'https://user:pass@127.0.0.1/'], 'give an Authorization header instead'],
  [['add', 'x', 'http://127.0.0.1/', '--header', 'nonsense'], "--header must be like 'Authorization"],
  [['add', 'x', 'http://127.0.0.1/', '--header', 'Host: x'], '--header may not set'],
  [['add', 'x', 'http://127.0.0.1/', '--concurrency', '1000'], '--concurrency must be from 1 to 64'],
  [['add', 'x', 'http://127.0.0.1/', '--target', 'fax'], '--target must be one of webhook, slack, '],
  [['test', 'nobody'], 'There is no endpoint of this name'],
  [['recover', 'nobody', '--since', 'yesterday'], '--since must be a time'],
  [['replay', 'nobody', '--lead', '7'], '--lead must be the id of a lead'],
  [['pause'], 'Usage: bun run deliveries'],
  [['list', '--yes'], 'Usage: bun run deliveries'],
  [['toString'], 'Usage: bun run deliveries'],
])('%j is answered in a sentence that says what to do', async (words, sentence) => {
  const { err, code } = await run(...words)
  expect([code, err]).toEqual([1, expect.stringContaining(sentence)])
})
