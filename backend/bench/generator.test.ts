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

test('connections that are held are all used in turns, opened anew where the server ends one, and measured once they are open', async () => {
  const { phones, origin } = serveVisitors()
  const found = await generate({
    ...{ origin, run: 4, seconds: 0.3, connections: 20, perSecond: 400 },
    holdsAfterS: 0.2,
  })
  expect(found.open).toBe(20)
  expect(found.broken).toBe(0)
  expect(found.requests).toBeLessThan(phones.length)
})

test('looks at the page are told apart by what a cache says of them, whether they say their length or not', async () => {
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: (request) =>
      request.method === 'POST'
        ? new Response('taken', { status: 202 })
        : new Response(Math.random() < 0.5 ? 'x'.repeat(100_000) : new Blob(['y'.repeat(100_000)]).stream(), {
            headers: { 'x-cache': request.headers.get('cookie') === 'known=1' ? 'HIT' : 'BYPASS' },
          }),
  })
  afterAll(() => server.stop(true))
  const found = await generate({
    ...{ origin: `http://127.0.0.1:${server.port}`, run: 5, seconds: 0.3, connections: 4, perSecond: 200 },
    pages: { share: 0.5, cookie: 'known=1' },
  })
  expect([found.broken, found.refused]).toEqual([0, 0])
  expect(found.pages.HIT).toBeGreaterThan(5)
  expect(Object.keys(found.pages)).toEqual(['HIT'])
  expect(found.requests).toBeGreaterThan(found.pages.HIT!)
})

test('who meets the end of a connection that is held is sent once more on another, and counts once', async () => {
  let met = 0
  const server = Bun.listen({
    port: 0,
    hostname: '127.0.0.1',
    socket: {
      data(socket) {
        met++
        if (met % 5 === 0) socket.end()
        else socket.write('HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\nok')
      },
    },
  })
  afterAll(() => server.stop(true))
  const found = await generate({
    ...{ origin: `http://127.0.0.1:${server.port}`, run: 6, seconds: 0.3, connections: 10, perSecond: 200 },
    holdsAfterS: 0.1,
  })
  expect(found.resent).toBeGreaterThan(3)
  expect(found.resent + found.broken).toBeLessThanOrEqual(Math.ceil(met / 5))
})
