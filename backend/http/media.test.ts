import { beforeEach, describe, expect, test } from 'bun:test'
import { Elysia } from 'elysia'
import { memoryMedia } from '../memory/media.ts'
import { problemsForTest } from '../testing/stage/problems.ts'
import { type MediaRouteDeps, mediaRoutes } from './media.ts'
import { answerProblem } from './problems.ts'

const bytes = Uint8Array.from({ length: 3_000 }, (_, index) => index % 251)
const problems = problemsForTest()
let media: ReturnType<typeof memoryMedia>

beforeEach(async () => {
  media = memoryMedia()
  await media.put('clip.mp4', bytes, 'video/mp4')
})

function serve(deps: Omit<MediaRouteDeps, 'problems'> = { media }) {
  const app = new Elysia()
    .onError({ as: 'global' }, ({ error, code, request, server }) =>
      code === 'NOT_FOUND'
        ? new Response('no route', { status: 404 })
        : answerProblem(problems, { request, server }, error),
    )
    .use(mediaRoutes({ ...deps, problems }))
  return (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    app.handle(new Request(`http://localhost${path}`, { method, headers }))
}

const codeOf = async (answer: Response) => ((await answer.json()) as { error: { code: string } }).error.code
const etagOf = async () => (await serve()('/media/clip.mp4')).headers.get('etag')!

describe('200', () => {
  test('a stored file comes whole, with its type, length, tag, and leave to keep it long', async () => {
    const answer = await serve()('/media/clip.mp4')
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('video/mp4')
    expect(answer.headers.get('content-length')).toBe('3000')
    expect(answer.headers.get('accept-ranges')).toBe('bytes')
    expect(answer.headers.get('etag')).toMatch(/^"[0-9a-f]{32}"$/)
    expect(answer.headers.get('cache-control')).toContain('max-age=604800')
    expect(await answer.bytes()).toEqual(bytes)
  })

  test('a file whose own scripts could run is boxed in', async () => {
    await media.put('logo.svg', new TextEncoder().encode('<svg/>'), 'image/svg+xml')
    const { headers } = await serve()('/media/logo.svg')
    expect(headers.get('content-security-policy')).toContain('sandbox')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })

  test('HEAD has the headers of GET and reads nothing from the storage', async () => {
    const answer = await serve()('/media/clip.mp4', {}, 'HEAD')
    expect(answer.headers.get('content-length')).toBe('3000')
    expect(await answer.text()).toBe('')
    expect(media.openStreams).toBe(0)
  })

  test('an empty file is empty', async () => {
    await media.put('empty.txt.pdf', new Uint8Array(), 'application/pdf')
    const answer = await serve()('/media/empty.txt.pdf')
    expect(answer.status).toBe(200)
    expect(await answer.text()).toBe('')
  })

  test('a range that depends on another version is answered with the whole file', async () => {
    const answer = await serve()('/media/clip.mp4', { range: 'bytes=0-9', 'if-range': '"older"' })
    expect(answer.status).toBe(200)
    expect(await answer.bytes()).toEqual(bytes)
  })

  test('a film goes out as it is read; a visitor who leaves ends the reading', async () => {
    await media.put('film.mp4', new Uint8Array(2 * 1024 * 1024), 'video/mp4')
    const answer = await serve()('/media/film.mp4')
    expect(media.openStreams).toBe(1)
    await answer.body?.cancel()
    expect(media.openStreams).toBe(0)
  })
})

describe('206', () => {
  test('a range comes with its place in the file', async () => {
    const answer = await serve()('/media/clip.mp4', { range: 'bytes=100-199' })
    expect(answer.status).toBe(206)
    expect(answer.headers.get('content-range')).toBe('bytes 100-199/3000')
    expect(answer.headers.get('content-length')).toBe('100')
    expect(await answer.bytes()).toEqual(bytes.slice(100, 200))
  })

  test('so does the end of the file, and a range that depends on the version that is stored', async () => {
    const end = await serve()('/media/clip.mp4', { range: 'bytes=-5', 'if-range': await etagOf() })
    expect(end.status).toBe(206)
    expect(await end.bytes()).toEqual(bytes.slice(-5))
  })
})

test('302 to the CDN where there is one, without asking the storage', async () => {
  const answer = await serve({ publicUrl: 'https://cdn.example.com/media' })('/media/spring/clip.mp4')
  expect(answer.status).toBe(302)
  expect(answer.headers.get('location')).toBe('https://cdn.example.com/media/spring/clip.mp4')
})

describe('304', () => {
  test('for a browser that has the file', async () => {
    const answer = await serve()('/media/clip.mp4', { 'if-none-match': `"other", ${await etagOf()}` })
    expect(answer.status).toBe(304)
    expect(answer.headers.get('cache-control')).toContain('max-age')
    expect(await answer.text()).toBe('')
  })

  test('for one that has it since it was stored, not for one from before', async () => {
    const modified = (await serve()('/media/clip.mp4', {}, 'HEAD')).headers.get('last-modified')!
    const since = (date: string) => serve()('/media/clip.mp4', { 'if-modified-since': date }, 'HEAD')
    expect((await since(modified)).status).toBe(304)
    expect((await since('Sat, 01 Jan 2000 00:00:00 GMT')).status).toBe(200)
    expect((await since('not a date')).status).toBe(200)
  })
})

describe('404', () => {
  test.each([
    '/media/none.mp4',
    '/media/',
    '/media/..%2f..%2fetc%2fpasswd.pdf',
    '/media/%2e%2e/clip.mp4',
    '/media/%252e%252e/clip.mp4',
    '/media//clip.mp4',
    '/media/clip.mp4%00',
    '/media/%ff.mp4',
    '/media/page.html',
    '/media/clip',
  ])('%s', async (path) => {
    expect((await serve()(path)).status).toBe(404)
  })

  test('says so in the form of every problem', async () => {
    expect(await codeOf(await serve()('/media/none.mp4'))).toBe('not_found')
  })
})

test('405 for anything but reading', async () => {
  expect((await serve()('/media/clip.mp4', {}, 'POST')).status).toBe(405)
})

test('416 for a range past the end, with the length there is', async () => {
  const answer = await serve()('/media/clip.mp4', { range: 'bytes=3000-' })
  expect(answer.status).toBe(416)
  expect(answer.headers.get('content-range')).toBe('bytes */3000')
  expect(await codeOf(answer)).toBe('range_not_satisfiable')
})

describe('503', () => {
  test('when the storage is away, and when to try again', async () => {
    media.away = true
    const answer = await serve()('/media/clip.mp4')
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('5')
    expect(await codeOf(answer)).toBe('unavailable')
  })

  test('when no storage is configured', async () => {
    expect((await serve({})('/media/clip.mp4')).status).toBe(503)
  })

  test('when the file is replaced between two looks at it, rather than a mix of both', async () => {
    const stat = media.stat.bind(media)
    media.stat = async (key) => {
      const found = await stat(key)
      await media.put(key, new Uint8Array([1]), 'video/mp4')
      return found
    }
    expect((await serve()('/media/clip.mp4')).status).toBe(503)
  })
})
