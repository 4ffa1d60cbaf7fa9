import { afterAll, describe, expect, test } from 'bun:test'
import { createServer } from 'node:net'
import { allowedOf } from './addresses.ts'
import { createSender } from './sender.ts'

const asked: { url: string; headers: Record<string, string>; body: string }[] = []
const server: Bun.Server<undefined> = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  async fetch(request) {
    const { pathname } = new URL(request.url)
    asked.push({ url: request.url, headers: Object.fromEntries(request.headers), body: await request.text() })
    if (pathname === '/onward')
      return new Response(null, { status: 302, headers: { location: `${inner}/secret` } })
    if (pathname === '/huge') return new Response('x'.repeat(5_000_000))
    if (pathname === '/hangs') return new Promise<Response>(() => {})
    if (pathname === '/later') return new Response('', { status: 429, headers: { 'retry-after': '7' } })
    if (pathname === '/drips')
      return new Response(
        new ReadableStream({
          async pull(controller) {
            await Bun.sleep(400)
            controller.enqueue(new TextEncoder().encode('x'))
          },
        }),
      )
    return new Response('سلام 👋\0')
  },
})
const inner: string = `http://127.0.0.1:${server.port}`
let connections = 0
// Closes whatever connects, so that an attempt to dial it is seen.
const watched = createServer((socket) => {
  connections++
  socket.destroy()
})
await new Promise<void>((resolve) => watched.listen(0, '127.0.0.1', resolve))
const watchedPort = (watched.address() as { port: number }).port
afterAll(() => {
  watched.close()
  return server.stop(true)
})

const request = (url: string) => ({ url, headers: { 'x-own': 'yes' }, body: '{"type":"delivery.test"}' })
const open = createSender({
  allowed: allowedOf(['127.0.0.1', 'crm.lan']),
  lookup: async () => ['127.0.0.1'],
  timeoutMs: 1_500,
})

test('a name is dialled at the address that was checked, and the receiver sees the name', async () => {
  const answer = await open.send(request(`http://crm.lan:${server.port}/leads?from=us`))
  expect(answer).toEqual({ status: 200, body: 'سلام 👋' })
  expect(asked.at(-1)).toMatchObject({
    url: `http://crm.lan:${server.port}/leads?from=us`,
    headers: { host: `crm.lan:${server.port}`, 'x-own': 'yes', 'user-agent': 'Landfast-Delivery/1' },
    body: '{"type":"delivery.test"}',
  })
})

describe('no packet reaches a listener on loopback', () => {
  test.each([
    `http://127.0.0.1`,
    `https://127.0.0.1`,
    `http://localhost`,
    `http://2130706433`,
    `http://0x7f.1`,
    `http://0177.0.0.1`,
    `http://[::1]`,
    `http://[::ffff:127.0.0.1]`,
    `http://0.0.0.0`,
  ])('at %s', async (origin) => {
    const closed = createSender({ allowed: allowedOf([]) })
    const url = `${origin}:${watchedPort}/`
    expect((await closed.send(request(url))).because).toContain('DELIVERY_ALLOW')
    expect(await closed.refusal(url)).toContain('DELIVERY_ALLOW')
    expect(connections).toBe(0)
  })

  test('of a name that was public when it was saved and is not when it is sent', async () => {
    const answers = [['93.184.215.14'], ['127.0.0.1']]
    const closed = createSender({ allowed: allowedOf([]), lookup: async () => answers.shift()! })
    const url = `https://rebinds.example.com:${watchedPort}/`
    expect(await closed.refusal(url)).toBeUndefined()
    expect((await closed.send(request(url))).because).toContain('not on the open internet (127.0.0.1)')
    expect(connections).toBe(0)
  })

  test('of a name that answers otherwise each time: it is asked once, and what it said is dialled', async () => {
    let lookups = 0
    const flips = createSender({
      allowed: allowedOf(['127.0.0.1']),
      lookup: async () => (++lookups === 1 ? ['127.0.0.1'] : ['10.0.0.1']),
    })
    const url = `http://flips.example.com:${server.port}/`
    expect([(await flips.send(request(url))).status, (await flips.send(request(url))).status]).toEqual([
      200, 200,
    ])
    expect(lookups).toBe(1)
  })

  test('when a proxy is set for everything', async () => {
    const before = { ...process.env }
    process.env.HTTP_PROXY = `http://127.0.0.1:${watchedPort}`
    process.env.http_proxy = process.env.HTTP_PROXY
    try {
      expect((await open.send(request(`http://crm.lan:${server.port}/`))).status).toBe(200)
      expect(connections).toBe(0)
    } finally {
      for (const name of ['HTTP_PROXY', 'http_proxy'])
        if (before[name] === undefined) delete process.env[name]
        else process.env[name] = before[name]
    }
  })
})

test('nobody follows where a receiver sends on to', async () => {
  const before = asked.length
  const answer = await open.send(request(`http://crm.lan:${server.port}/onward`))
  expect(answer).toMatchObject({ status: 302, location: `${inner}/secret` })
  expect(asked).toHaveLength(before + 1)
})

test('an answer is read to 16 KB, and one that comes by drops is not waited for', async () => {
  expect((await open.send(request(`http://crm.lan:${server.port}/huge`))).body).toHaveLength(16 * 1024)
  const startedMs = performance.now()
  const patient = createSender({ allowed: allowedOf(['127.0.0.1']), lookup: async () => ['127.0.0.1'] })
  expect((await patient.send(request(`http://crm.lan:${server.port}/drips`))).status).toBe(200)
  expect(performance.now() - startedMs).toBeLessThan(8_000)
})

test('what hangs, is not there or breaks off is an answer that says why, in time', async () => {
  expect(await open.send(request(`http://crm.lan:${server.port}/hangs`))).toEqual({
    status: 0,
    because: 'no answer within 1.5 s',
    body: '',
  })
  expect((await open.send(request(`http://crm.lan:${watchedPort}/`))).because).toStartWith(
    'the connection failed: ',
  )
  expect((await open.send(request('http://crm.lan:1/'))).because).toBe('the connection failed: ECONNREFUSED')
  expect((await open.send(request(`http://crm.lan:${server.port}/later`))).retryAfter).toBe('7')
})

test('where the first address of a name is dead, the next is dialled', async () => {
  const two = createSender({
    allowed: allowedOf(['127.0.0.0/8']),
    lookup: async () => ['127.0.0.2', '127.0.0.1'],
  })
  expect((await two.send(request(`http://crm.lan:${server.port}/`))).status).toBe(200)
})

test('a lookup that never ends is an answer, too', async () => {
  const waits = createSender({ allowed: allowedOf([]), lookup: () => new Promise(() => {}), timeoutMs: 200 })
  expect((await waits.send(request('https://slow.example.com/'))).status).toBe(0)
})
