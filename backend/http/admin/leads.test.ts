import { expect, test } from 'bun:test'
import type { Right } from '../../operators/rights.ts'
import { makeLeads } from '../../testing/stage/leads.ts'
import { memoryApp } from '../../testing/stage/memory-app.ts'

let nowMs = Date.now()
const { ask, cookieOf, keyFor, leadDesk } = await memoryApp((deps) => ({
  ...deps,
  admin: { ...deps.admin, door: { ...deps.admin.door, nowMs: () => nowMs } },
}))

test('who may not see a phone cannot find it out by looking for more and more of its digits', async () => {
  const { id, phoneKey } = makeLeads(1)[0]!
  const phone = '+989121112233'
  leadDesk.put({ id, phoneKey, phone, acceptedAt: new Date(), suspect: false, state: 'new' })
  const found = async (q: string, headers: Record<string, string>) => {
    const answer = await ask(`/api/admin/leads?q=${encodeURIComponent(q)}`, { headers })
    const { data } = (await answer.json()) as { data?: readonly unknown[] }
    return data?.length ?? answer.status
  }
  const bearer = async (...rights: readonly Right[]) => ({
    authorization: `Bearer ${await keyFor(...rights)}`,
  })
  const tails = ['2233', '12233', '02233', '21112233']
  for (const [headers, came] of [
    [{ cookie: await cookieOf('viewer') }, [1, 403, 403, 403]],
    [await bearer('leads.read'), [1, 403, 403, 403]],
    [{ cookie: await cookieOf('caller') }, [1, 1, 0, 1]],
    [await bearer('leads.read', 'leads.export'), [1, 1, 0, 1]],
  ] as const) {
    expect(await Promise.all(tails.map((q) => found(q, headers)))).toEqual([...came])
    expect(await found(phone, headers)).toBe(came[1] === 403 ? 403 : 0)
  }
})

test('what follows a page is of the days that it was asked for, also after midnight, and of no other view', async () => {
  const headers = { cookie: await cookieOf('viewer') }
  const beforeMidnight = Date.parse('2026-11-30T23:59Z')
  const yesterday = Date.parse('2026-11-29T10:00Z')
  const count = 120
  for (let n = 0; n < count; n++) {
    const acceptedAt = new Date(yesterday + n)
    const { id, phoneKey } = makeLeads(1, {}, acceptedAt.getTime())[0]!
    leadDesk.put({ id, phoneKey, phone: '+989121114455', acceptedAt, suspect: false, state: 'new' })
  }
  const page = async (after: string, view = 'q=4455&since=1d') => {
    const answer = await ask(`/api/admin/leads?${view}&${new URLSearchParams({ ...(after && { after }) })}`, {
      headers,
    })
    return (await answer.json()) as { data: { id: string }[]; next: string; errors?: object }
  }
  nowMs = beforeMidnight
  const pages = [await page('')]
  for (const minutes of [2, 4]) {
    nowMs = beforeMidnight + minutes * 60_000
    pages.push(await page(pages.at(-1)!.next))
  }
  const ids = pages.flatMap(({ data }) => data.map(({ id }) => id))
  expect(pages.map(({ data }) => data.length)).toEqual([50, 50, 20])
  expect(new Set(ids).size).toBe(count)
  expect((await page('')).data).toEqual([])
  for (const other of ['q=4455&since=2d', 'q=4455', 'since=1d'])
    expect(JSON.stringify(await page(pages[0]!.next, other))).toContain('stale_cursor')
})
