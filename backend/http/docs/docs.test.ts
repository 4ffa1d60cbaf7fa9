import { describe, expect, test } from 'bun:test'
import { Elysia, t } from 'elysia'
import { parse } from 'yaml'
import { problemsForTest } from '../../testing/stage/problems.ts'
import { answerProblem } from '../problems.ts'
import { docsRoutes } from './docs.ts'
import { withoutForeignLogo } from './pages.ts'

const problems = problemsForTest()
const app = new Elysia()
  .onError({ as: 'global' }, ({ error, code, request, server }) =>
    code === 'NOT_FOUND'
      ? new Response('no route', { status: 404 })
      : answerProblem(problems, { request, server }, error),
  )
  .get('/before', () => 'x', { detail: { tags: ['leads'], summary: 'Chained before' } })
  .use(docsRoutes({ publicUrl: 'https://promo.example.com' }))
  .use(
    new Elysia()
      .post('/after/:id', () => 'x', {
        params: t.Object({ id: t.String({ description: 'the id' }) }),
        body: t.Object({ phone: t.String() }),
        detail: { summary: 'Chained after' },
      })
      .get('/alias', () => 'x', { detail: { hide: true } }),
  )

const get = (path: string, init?: RequestInit) => app.handle(new Request(`http://localhost${path}`, init))
// biome-ignore lint/suspicious/noExplicitAny: the document is data from outside.
const document = async (): Promise<any> => (await get('/api/docs/json')).json()

describe('the document', () => {
  test('describes the routes chained before and after it, and its own', async () => {
    const { paths, openapi, info } = await document()
    expect(openapi).toBe('3.1.0')
    expect(info.title).toBe('Landfast')
    expect(paths['/before'].get.summary).toBe('Chained before')
    expect(paths['/after/{id}'].post.parameters[0]).toMatchObject({ name: 'id', in: 'path', required: true })
    expect(paths['/after/{id}'].post.requestBody.content['application/json'].schema.required).toEqual([
      'phone',
    ])
    expect(paths['/api/docs/json'].get).toBeDefined()
    expect(paths['/media/{key}'].get.responses[206]).toBeDefined()
  })

  test('leaves out what is hidden: aliases, viewers and their files', async () => {
    expect(Object.keys((await document()).paths).sort()).toEqual([
      '/after/{id}',
      '/api/docs/json',
      '/api/docs/yaml',
      '/before',
      '/media/{key}',
    ])
  })

  test('gives every answer a description, as the standard wants', async () => {
    for (const item of Object.values((await document()).paths))
      for (const { responses } of Object.values(item as Record<string, { responses: object }>))
        for (const answer of Object.values(responses)) expect(answer.description).toBeString()
  })

  test('names the server that visitors see', async () => {
    expect((await document()).servers.map(({ url }: { url: string }) => url)).toEqual([
      '/',
      'https://promo.example.com',
    ])
  })

  test('is the same as YAML', async () => {
    const answer = await get('/api/docs/yaml')
    expect(answer.headers.get('content-type')).toContain('yaml')
    expect(parse(await answer.text())).toEqual(await document())
  })

  test('is 304 for a client that has it', async () => {
    const etag = (await get('/api/docs/json')).headers.get('etag')!
    expect((await get('/api/docs/json', { headers: { 'if-none-match': etag } })).status).toBe(304)
  })
})

describe.each(['/api/docs', '/api/docs/', '/api/swagger', '/api/redoc'])('the page at %s', (path) => {
  test('names files of our own origin only, and every one of them is there', async () => {
    const html = await (await get(path)).text()
    const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)]
      .map(([, file = '']) => file)
      .filter((file) => !file.startsWith('data:'))
    expect(files.length).toBeGreaterThan(1)
    for (const file of files) {
      expect(file).toStartWith('/api/docs/')
      expect((await get(file)).status).toBe(200)
    }
  })

  test('has a policy that lets no other origin in and no inline code run', async () => {
    const policy = (await get(path)).headers.get('content-security-policy')!
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self';")
    expect(policy).not.toMatch(/https?:/)
  })
})

test('no address is sent to a validator elsewhere', async () => {
  expect(await (await get('/api/docs/assets/swagger-start.js')).text()).toContain('validatorUrl: null')
})

test("ReDoc's bundle names no logo elsewhere", async () => {
  const bundle = await (await get('/api/docs/assets/redoc.standalone.js')).text()
  expect(bundle).not.toContain('logo-mini.svg')
  expect(withoutForeignLogo('a="https://cdn.example.com/redoc/logo-mini.svg"')).not.toContain('example')
})

test.each(['none.js', '..%2f..%2fpackage.json', 'constructor', 'swagger-ui-bundle.js.map'])(
  'the file %s is 404',
  async (name) => {
    expect((await get(`/api/docs/assets/${name}`)).status).toBe(404)
  },
)

test('HEAD of a page has its length and no body', async () => {
  const head = await get('/api/docs', { method: 'HEAD' })
  expect(Number(head.headers.get('content-length'))).toBeGreaterThan(100)
  expect(await head.text()).toBe('')
})
