import { expect, test } from 'bun:test'
import type { Entry } from '../../operators/enter.ts'
import { Problem } from '../../problem.ts'
import { createGate } from './gate.ts'
import { createSessionCookies } from './session-cookie.ts'

type Found = Awaited<ReturnType<Entry['whoHolds']>>

test('a flood of made-up cookies has few looked up at a time, and keeps out nobody whose own let them in before', async () => {
  const waiting: (() => void)[] = []
  let asked = 0
  let room = 3
  const ann = { id: 'ann' } as unknown as Found
  const gate = createGate({
    keys: () => Promise.reject(new Error('no key was sent')),
    entry: {
      async whoHolds(token) {
        asked++
        if (token === 'of-ann') return ann
        await new Promise<void>((go) => waiting.push(go))
        return undefined
      },
    },
    cookies: createSessionCookies({ secure: false }),
    clientAddress: () => '192.0.2.1',
    refusals: { take: () => (room-- > 0 ? 0 : 7) },
  })
  const come = async (token: string) => {
    const request = new Request('http://localhost/api/admin/session', {
      headers: { cookie: `lf_desk=${token}` },
    })
    const came = await Promise.allSettled([gate(request, null)])
    const { reason } = came[0] as PromiseRejectedResult
    return reason instanceof Problem ? reason.code : came[0]!.status
  }
  expect(await come('of-ann')).toBe('fulfilled')
  const flood = Array.from({ length: 20 }, (_, n) => come(`made-up-${n}`))
  expect(await Promise.all(flood.slice(5))).toEqual(Array(15).fill('rate_limited'))
  expect(asked).toBe(1 + 2 + 3)
  expect(await come('of-ann')).toBe('fulfilled')
  for (const go of waiting) go()
  expect(await Promise.all(flood.slice(0, 5))).toEqual(Array(5).fill('unauthorized'))
})
