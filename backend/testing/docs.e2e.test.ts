import { afterAll, expect, test } from 'bun:test'
import { Elysia } from 'elysia'
import { docsRoutes } from '../http/docs.ts'
import { openChromium } from './browser.ts'

const app = new Elysia()
  .use(docsRoutes({ publicUrl: 'https://promo.example.com' }))
  .get('/api/sample', () => 'x', { detail: { tags: ['leads'], summary: 'A route of the app' } })
  .listen({ port: 0, hostname: '127.0.0.1' })
const at = (path: string) => `http://127.0.0.1:${app.server?.port}${path}`

const chromium = await openChromium()
afterAll(() => app.stop(true))

test.each(['/api/docs', '/api/swagger', '/api/redoc'])(
  '%s shows the document and asks nothing of any other origin',
  async (path) => {
    const { page, foreign, complaints } = await chromium.visit(at(path))
    await page.getByText('A route of the app').filter({ visible: true }).first().waitFor()
    await page.waitForLoadState('networkidle')
    expect(foreign).toEqual([])
    expect(complaints).toEqual([])
  },
)
