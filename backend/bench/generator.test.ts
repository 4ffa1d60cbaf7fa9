import { afterAll, expect, test } from 'bun:test'
import { generate } from './generator.ts'

/** A server of one test's own: what a test leaves in flight must not arrive in the next. */
function serveVisitors() {
  const phones: string[] = []
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const { phone } = (await request.json()) as { phone: string }
      phones.push(phone)
      const refuses = Number(phone) % 3 === 0
      return new Response(refuses ? 'no' : 'longer than no', { status: refuses ? 503 : 202 })
    },
  })
  afterAll(() => server.stop(true))
  return { phones, origin: `http://127.0.0.1:${server.port}` }
}

test('a closed loop counts what was accepted and what was refused', async () => {
  const { phones, origin } = serveVisitors()
  const found = await generate({ origin, run: 1, seconds: 0.1, connections: 4 })
  expect(found.requests).toBeGreaterThan(4)
  expect(phones.length - found.requests).toBeWithin(0, 5)
  const refused = phones.filter((phone) => Number(phone) % 3 === 0).length
  expect(Math.abs(refused - found.refused)).toBeLessThanOrEqual(4)
  expect(new Set(phones).size).toBe(phones.length)
  expect(found.broken).toBe(0)
})

test('in an open loop every visitor who was sent is answered, and no more are sent than were due', async () => {
  const { phones, origin } = serveVisitors()
  const found = await generate({
    origin,
    run: 2,
    seconds: 0.2,
    connections: 2,
    perSecond: 500,
    connectionsMax: 50,
  })
  // A busy machine may be late with the last of them.
  expect(phones.length).toBeWithin(1, 101)
  expect(found.requests).toBe(phones.length)
  expect(found.broken).toBe(0)
  expect(found.p99Us).toBeGreaterThanOrEqual(found.p50Us)
})

test('who is hung up on counts as broken, not as answered', async () => {
  const rude = Bun.listen({
    port: 0,
    hostname: '127.0.0.1',
    socket: { data: (socket) => void socket.end() },
  })
  const found = await generate({
    origin: `http://127.0.0.1:${rude.port}`,
    run: 3,
    seconds: 0.1,
    connections: 2,
    perSecond: 50,
    connectionsMax: 50,
  })
  rude.stop(true)
  expect(found.requests).toBe(0)
  expect(found.broken).toBeGreaterThan(0)
})
