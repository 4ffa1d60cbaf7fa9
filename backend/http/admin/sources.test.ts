import { expect, test } from 'bun:test'
import { memorySources } from '../../memory/sources.ts'
import { memoryApp } from '../../testing/stage/memory-app.ts'

test('sources are told by days of the zone of the installation, and a wrong question is refused by its fields', async () => {
  const sources = memorySources()
  const nowMs = Date.parse('2026-11-30T21:00Z')
  const { ask, keyFor } = await memoryApp((deps) => ({
    ...deps,
    admin: { ...deps.admin, sources, timeZone: 'Asia/Tehran', nowMs: () => nowMs },
  }))
  const authorization = `Bearer ${await keyFor('results.read')}`
  const look = async (query: string) => {
    const answer = await ask(`/api/admin/sources${query}`, { headers: { authorization } })
    return (await answer.json()) as Record<string, unknown>
  }
  const attribution = { utm_source: 'sms' }
  // There it is the first of December already, since half an hour after eight of UTC.
  sources.tell(
    { what: 'lead', atMs: nowMs, attribution },
    { what: 'lead', atMs: nowMs - 3_600_000, attribution },
  )
  expect(await look('?days=1')).toMatchObject({
    ...{ from: '2026-12-01', to: '2026-12-01', time_zone: 'Asia/Tehran', by: 'source', touch: 'last' },
    rows: [{ value: 'sms', leads: 1, called: 0, called_within_5_min: 0, median_wait_s: null }],
    total: { leads: 1 },
  })
  expect(await look('?by=medium&touch=first')).toMatchObject({ from: '2026-11-25', total: { leads: 2 } })
  expect(await look('?from=2026-11-30&to=2026-11-30')).toMatchObject({ total: { leads: 1 } })
  expect(await look('/over-time?from=2026-11-30&to=2026-12-02&value=sms')).toMatchObject({
    ...{ step: 'day', value: 'sms', time_zone: 'Asia/Tehran' },
    points: [
      { starts_at: '2026-11-29T20:30:00.000Z', leads: 1 },
      { starts_at: '2026-11-30T20:30:00.000Z', visits: 0, leads: 1 },
      // Tomorrow has not begun.
    ],
  })
  expect(await look('/over-time?by=phone')).toMatchObject({ errors: { by: ['unknown'] } })
  for (const [query, fields] of [
    ['?by=phone', { by: ['unknown'] }],
    ['?touch=third', { touch: ['unknown'] }],
    ['?days=0', { days: ['invalid'] }],
    ['?from=2026-11-31', { from: ['not_a_time'] }],
    ['?to=tomorrow', { to: ['not_a_time'] }],
    ['?from=2026-12-01&to=2026-11-30', { to: ['not_after_from'] }],
    // As it stands there while somebody types a year.
    ['?from=0002-11-30', { from: ['too_early'] }],
    ['/over-time?from=0002-11-30', { from: ['too_early'] }],
    ['/over-time?from=0001-01-01&to=9999-12-30', { from: ['too_early'] }],
  ] as const)
    expect(await look(query)).toMatchObject({ errors: fields })
})
