import { expect, test } from 'bun:test'
import { memoryQueue } from '../../memory/queue.ts'
import { memoryApp } from '../../testing/stage/memory-app.ts'

test('who may see the queue sees no phone in it, and only who may replay asks for that', async () => {
  const { replays, queue } = memoryQueue()
  const { ask, keyFor } = await memoryApp((deps) => ({
    ...deps,
    admin: { ...deps.admin, replays, queue },
  }))
  const post = async (body: unknown, key: string) =>
    ask('/api/admin/queue/replay', {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const [reader, replayer] = [await keyFor('leads.read'), await keyFor('leads.read', 'leads.replay')]
  expect((await post({}, reader)).status).toBe(403)
  expect((await post({ lead: 'x' }, replayer)).status).toBe(400)
  const asked = await post({}, replayer)
  expect([asked.status, await asked.json()]).toEqual([
    200,
    { replay: expect.objectContaining({ lead: null, finished_at: null, replayed: null }) },
  ])
  const seen = await ask('/api/admin/queue', { headers: { authorization: `Bearer ${reader}` } })
  expect(await seen.json()).toMatchObject({
    redis: { batches: 0, leads: 0, oldest_waiting_s: 0, failed: 0 },
    quarantined: { count: 0, latest: [] },
    replays: [{ lead: null, finished_at: null }],
  })
})
