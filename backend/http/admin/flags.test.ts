import { expect, test } from 'bun:test'
import { memoryApp } from '../../testing/stage/memory-app.ts'

test('the history of a flag tells who changed it when and from what to what, to whoever sees the flags', async () => {
  const { ask, cookieOf, operators } = await memoryApp()
  const by = { kind: 'operator', id: crypto.randomUUID(), name: 'Ann' } as const
  const after = { value: false, rolloutPercent: 100, killed: false }
  await operators.audit.note({ by, action: 'flag.changed', subject: 'film', after })
  await operators.audit.note({ by, action: 'flag.changed', subject: 'notice', after: { value: 'x' } })
  const cookie = await cookieOf('viewer')
  const answer = await ask('/api/admin/flags/film/history', { headers: { cookie } })
  expect(await answer.json()).toEqual({
    changes: [{ at: expect.any(String), by: 'Ann', before: null, after }],
  })
  expect((await ask('/api/admin/flags/none/history', { headers: { cookie } })).status).toBe(404)
})
