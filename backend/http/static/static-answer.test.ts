import { describe, expect, test } from 'bun:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { etagMatches, staticAnswer } from './static-answer.ts'

const text = 'a landing page, and more of the same. '.repeat(100)
const body = new TextEncoder().encode(text)
const address = 'http://localhost/'

function request(headers: Record<string, string> = {}, method = 'GET') {
  return new Request(address, { method, headers })
}

async function ready(contentType = 'text/html; charset=utf-8', bytes = body) {
  const answer = staticAnswer({ body: bytes, contentType, headers: { 'cache-control': 'public' } })
  await answer.compressed
  return answer
}

describe('200', () => {
  test('a client that takes brotli gets brotli, one that only takes gzip gets gzip, any other plain bytes', async () => {
    const answer = await ready()
    const brotli = answer.respond(request({ 'accept-encoding': 'gzip, deflate, br, zstd' }))
    expect(brotli.headers.get('content-encoding')).toBe('br')
    expect(brotliDecompressSync(await brotli.bytes()).toString()).toBe(text)
    const gzip = answer.respond(request({ 'accept-encoding': 'gzip, br;q=0' }))
    expect(gzip.headers.get('content-encoding')).toBe('gzip')
    expect(gunzipSync(await gzip.bytes()).toString()).toBe(text)
    const plain = answer.respond(request({ 'accept-encoding': 'identity' }))
    expect(plain.headers.get('content-encoding')).toBeNull()
    expect(await plain.text()).toBe(text)
  })

  test('caches are told that the answer depends on the encoding, also when it is plain', async () => {
    expect((await ready()).respond(request()).headers.get('vary')).toBe('Accept-Encoding')
  })

  test('before compression is done the answer is plain, not late', async () => {
    const answer = staticAnswer({ body, contentType: 'text/css' })
    expect(await answer.respond(request({ 'accept-encoding': 'br' })).text()).toBe(text)
    await answer.compressed
  })

  test('a picture is never compressed again', async () => {
    const answer = (await ready('image/jpeg')).respond(request({ 'accept-encoding': 'br, gzip' }))
    expect(answer.headers.get('content-encoding')).toBeNull()
    expect(answer.headers.get('vary')).toBeNull()
  })

  test('the same answer can be given any number of times', async () => {
    const answer = await ready()
    expect(await answer.respond(request()).text()).toBe(text)
    expect(await answer.respond(request()).text()).toBe(text)
  })
})

test('HEAD has the headers of GET, the length too, and no body', async () => {
  const answer = await ready()
  const head = answer.respond(request({}, 'HEAD'))
  expect(head.headers.get('content-length')).toBe(String(body.byteLength))
  expect(head.headers.get('etag')).toBe(answer.respond(request()).headers.get('etag'))
  expect(await head.text()).toBe('')
})

test('304 for a client that has it, with the headers that caches need and no body', async () => {
  const answer = await ready()
  const etag = answer.respond(request()).headers.get('etag')!
  const again = answer.respond(request({ 'if-none-match': etag }))
  expect(again.status).toBe(304)
  expect(again.headers.get('cache-control')).toBe('public')
  expect(again.headers.get('etag')).toBe(etag)
  expect(await again.text()).toBe('')
})

test('another body has another tag', async () => {
  const etag = (await ready()).respond(request()).headers.get('etag')
  const other = (await ready('text/html', new TextEncoder().encode('other'))).respond(request())
  expect(other.headers.get('etag')).not.toBe(etag)
})

describe('an answer to one visitor only', () => {
  const cookies = ['a=1; Path=/', 'b=2; Path=/']

  test('has cookies and the body that all get, compressed as they like it', async () => {
    const answer = (await ready()).respondTo(request({ 'accept-encoding': 'br' }), cookies)
    expect(answer.headers.getSetCookie()).toEqual(cookies)
    expect(answer.headers.get('content-encoding')).toBe('br')
    expect(brotliDecompressSync(await answer.bytes()).toString()).toBe(text)
  })

  test('may be kept by nobody, and its cookies are in no answer after it', async () => {
    const answer = await ready()
    const only = answer.respondTo(request(), cookies)
    expect(only.headers.get('cache-control')).toBe('private, no-cache')
    expect(only.headers.get('etag')).toBeNull()
    expect(answer.respondTo(request(), []).headers.getSetCookie()).toEqual([])
    const shared = answer.respond(request())
    expect(shared.headers.getSetCookie()).toEqual([])
    expect(shared.headers.get('cache-control')).toBe('public')
  })

  test('is whole, whatever the visitor has already', async () => {
    const answer = await ready()
    const etag = answer.respond(request()).headers.get('etag')!
    expect(answer.respondTo(request({ 'if-none-match': etag }), cookies).status).toBe(200)
    expect(await answer.respondTo(request({}, 'HEAD'), []).text()).toBe('')
  })
})

test('what is needed compressed at once is, for the first who asks', () => {
  const answer = staticAnswer({ body, contentType: 'text/html', gzipAtOnce: true })
  expect(answer.respond(request({ 'accept-encoding': 'gzip' })).headers.get('content-encoding')).toBe('gzip')
})

test('what else an answer depends on is said beside the encoding', () => {
  const answer = staticAnswer({ body, contentType: 'text/html', headers: { vary: 'Cookie' } })
  expect(answer.respond(request()).headers.get('vary')).toBe('Accept-Encoding, Cookie')
})

test.each([
  ['W/"a"', true],
  ['"a"', true],
  ['"b", W/"a"', true],
  ['*', true],
  ['"b"', false],
  ['a', false],
  ['', false],
])('If-None-Match %s against W/"a": %p', (header, matches) => {
  expect(etagMatches(header, 'W/"a"')).toBe(matches)
})

test('HEAD of an answer for one visitor tells its length', async () => {
  const answer = staticAnswer({ body: new TextEncoder().encode('a page'), contentType: 'text/html' })
  const head = answer.respondTo(new Request('http://localhost/', { method: 'HEAD' }), [])
  expect(head.headers.get('content-length')).toBe('6')
  expect(await head.text()).toBe('')
})
