import { expect, test } from 'bun:test'
import type { Right } from '../../operators/rights.ts'
import { makeLeads } from '../../testing/stage/leads.ts'
import { memoryApp } from '../../testing/stage/memory-app.ts'

const { ask, cookieOf, keyFor, leadDesk } = await memoryApp()

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
