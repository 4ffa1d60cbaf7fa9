import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { run } from '../runner/step.ts'
import { openChromium, startOwnLine, storedLeads } from '../stage/browser.ts'
import { formWords } from '../stage/campaign/shown.ts'
import { buildOfTests } from '../stage/campaign-page.ts'
import { newPhone } from '../stage/leads.ts'

const folder = mkdtempSync(join(tmpdir(), 'landfast-other-origin-'))
const listed = servePage()
const unlisted = servePage()
const { line, db } = await startOwnLine({ redisNumber: 5, env: { CORS_ORIGINS: listed } })
const chromium = await openChromium()

beforeAll(async () => {
  const built = await run({
    ...buildOfTests(folder, { VITE_API_BASE_URL: line.origin }),
    timeoutMs: 60_000,
  })
  if (built.exitCode !== 0) throw new Error(built.output)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The built page as any web server would serve it, on an origin of its own; and a plain form at /form. */
function servePage(): string {
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const { pathname } = new URL(request.url)
      if (pathname === '/form') return new Response(plainForm(), { headers: { 'content-type': 'text/html' } })
      const file = Bun.file(join(folder, pathname === '/' ? 'index.html' : pathname))
      return (await file.exists()) ? new Response(file) : new Response('Not found', { status: 404 })
    },
  })
  afterAll(() => server.stop(true))
  return server.url.origin
}

const plainForm = () =>
  `<!doctype html><form method="post" action="${line.origin}/api/leads"><input name="phone"><button>Send</button></form>`

const visit = (url: string) => chromium.visit(url, { allowedOrigins: [line.origin] })

async function sendForm(page: Page, phone: string) {
  await page.locator('input[name=phone]').fill(phone)
  await page.locator('button').click()
  await page.waitForURL(`${line.origin}/**`)
}

/** Asks the API itself: had a submission of this phone been taken before, this one would be a duplicate. */
async function expectNeverTaken(phone: string): Promise<void> {
  const response = await fetch(`${line.origin}/api/leads`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ phone }),
  })
  expect(response.status).toBe(202)
  const { id } = (await response.json()) as { id: string }
  expect(await storedLeads(db, phone)).toMatchObject([{ id, duplicate_of: null, campaign: null }])
}

const words = formWords.en
const typeAndSubmit = async (page: Page, phone: string) => {
  await page.getByLabel(words.label).fill(phone)
  await page.locator('button[type=submit]').click()
}

describe('a page on an origin of CORS_ORIGINS', () => {
  test('submits, and reads the answers', async () => {
    const phone = newPhone()
    const { page, foreign, complaints } = await visit(listed)
    await typeAndSubmit(page, phone)
    await page.getByRole('heading', { name: words.thanks.title }).waitFor()
    expect(await storedLeads(db, phone)).toHaveLength(1)
    await page.getByRole('button', { name: words.thanks.restart }).click()
    await typeAndSubmit(page, phone)
    await page.getByRole('heading', { name: words.duplicate.title }).waitFor()
    expect(foreign).toEqual([])
    expect(complaints).toEqual([])
  })

  test('is told why a submission was refused, and that one was a replay', async () => {
    const { page } = await visit(`${listed}/form`)
    const ask = (phone: string, key: string) =>
      page.evaluate(
        async ([api, phone, key]) => {
          const response = await fetch(`${api}/api/leads`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', 'idempotency-key': key },
            body: JSON.stringify({ phone }),
          })
          const replayed = response.headers.get('idempotent-replayed')
          return { status: response.status, replayed, body: await response.json() }
        },
        [line.origin, phone, key] as const,
      )
    const phone = newPhone()
    const first = await ask(phone, 'a-key')
    expect(first).toMatchObject({ status: 202, replayed: null })
    expect(await ask(phone, 'a-key')).toEqual({ ...first, replayed: 'true' })
    expect(await ask('1', 'another')).toMatchObject({ status: 400, body: { phone: ['invalid_phone'] } })
  })

  test('submits with a plain form, and ends on the page with thanks', async () => {
    const phone = newPhone()
    const { page } = await visit(`${listed}/form`)
    await sendForm(page, phone)
    await page.getByRole('heading', { name: words.thanks.title }).waitFor()
    expect(await storedLeads(db, phone)).toHaveLength(1)
  })
})

describe('a page on any other origin cannot submit', () => {
  test('with the script of the page, which says that nothing was sent', async () => {
    const phone = newPhone()
    const { page, complaints } = await visit(unlisted)
    await typeAndSubmit(page, phone)
    await page.getByText(words.obstacles.unreachable).waitFor()
    expect(complaints.join()).toContain('CORS')
    await expectNeverTaken(phone)
  })

  test('with a plain form', async () => {
    const phone = newPhone()
    const { page } = await visit(`${unlisted}/form`)
    await sendForm(page, phone)
    // The browser is sent on to the API's page, which says that nothing was sent.
    await page.getByText(words.obstacles.rejected).waitFor()
    await expectNeverTaken(phone)
  })

  test('with a request that browsers send without asking first', async () => {
    const phone = newPhone()
    const { page } = await visit(`${unlisted}/form`)
    const type = await page.evaluate(
      async ([api, phone]) => {
        const body = new URLSearchParams({ phone })
        return (await fetch(`${api}/api/leads`, { method: 'POST', mode: 'no-cors', body })).type
      },
      [line.origin, phone] as const,
    )
    expect(type).toBe('opaque')
    await expectNeverTaken(phone)
  })

  test('from a frame that hides its origin', async () => {
    const phone = newPhone()
    const { page } = await visit(`${unlisted}/form`)
    await page.evaluate(
      ([api, phone]) =>
        new Promise((resolve) => {
          const frame = document.createElement('iframe')
          frame.setAttribute('sandbox', 'allow-scripts')
          const options = `{ method: 'POST', mode: 'no-cors', body: new URLSearchParams({ phone: '${phone}' }) }`
          frame.srcdoc = `<script>fetch('${api}/api/leads', ${options}).finally(() => parent.postMessage('done', '*'))</script>`
          addEventListener('message', resolve)
          document.body.append(frame)
        }),
      [line.origin, phone] as const,
    )
    await expectNeverTaken(phone)
  })
})
