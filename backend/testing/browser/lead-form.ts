import type { BrowserContext, Page, Response, Route } from 'playwright-core'
import type { FormWords } from '../../../frontend/landing/form/form-words.ts'
import type { Chromium } from '../stage/browser.ts'
import { formWords } from '../stage/campaign/shown.ts'
import type { LineProcess } from '../stage/line.ts'

export const field = (page: Page, words: FormWords = formWords.en) => page.getByLabel(words.label)
export const button = (page: Page) => page.locator('button[type=submit]')
export const heading = (page: Page, name: string) => page.getByRole('heading', { name })
export const says = (page: Page, text: string) => page.getByText(text).filter({ visible: true }).waitFor()
export const thanked = (page: Page, words: FormWords = formWords.en) =>
  heading(page, words.thanks.title).waitFor()

const submits = (url: string) => new URL(url).pathname === '/api/leads'

/** Types a phone, submits, and gives the answer of the API, whether the page asked it or its service worker. */
export async function send(page: Page, phone: string, words?: FormWords): Promise<Response> {
  await field(page, words).fill(phone)
  const answered = page.context().waitForEvent('response', (response) => submits(response.url()))
  await button(page).click()
  return answered
}

/**
 * Opens the page for somebody whose scripts do not arrive until they are let in. They have never been here: the service worker
 * of an earlier visit could hand them the scripts that it keeps, and nobody who watches the page would see it.
 */
export async function visitWithoutScripts(chromium: Chromium, url: string) {
  const { page } = await chromium.visit('about:blank', { allowedOrigins: [new URL(url).origin] })
  await page.route('**/*.js', (route) => route.abort())
  await page.goto(url)
  return { page, letScriptsIn: () => page.unroute('**/*.js') }
}

/** Keeps the Idempotency-Key of each submission that the page, or any page of this visitor, sends from now on. */
export function submissionsOf(visitor: Page | BrowserContext): string[] {
  const sent: string[] = []
  // The two spell their types apart, and mean the same.
  const pages = visitor as Page
  pages.on('request', (request) => {
    if (submits(request.url())) sent.push(request.headers()['idempotency-key'] ?? '')
  })
  return sent
}

/** Stops a process in its tracks meanwhile. */
export async function whileFrozen(frozen: LineProcess, work: () => Promise<void>): Promise<void> {
  await frozen.kill('SIGSTOP')
  try {
    await work()
  } finally {
    await frozen.kill('SIGCONT')
  }
}

/** What has the focus: its id, or what it is. */
export const focused = (page: Page) =>
  page.evaluate(() => document.activeElement?.id || document.activeElement?.tagName)

/** How far the page reaches beyond the screen. */
export const overhang = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

/** All that this page has on the device, as one text. */
export const onDevice = (page: Page) =>
  page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))

/**
 * Answers submissions as the API does in each case; `late` leaves them waiting until the next answer is chosen, `real` are
 * those of the API itself.
 */
export async function answersOf(page: Page) {
  const replies = {
    accepted: { status: 202, json: { ok: true, queued: true, duplicate: false, id: 'a' } },
    duplicate: { status: 200, json: { ok: true, duplicate: true } },
    refused: { status: 400, json: { phone: ['invalid_phone'] } },
    unavailable: { status: 503, json: { error: { code: 'unavailable' } } },
    rejected: { status: 403, json: { error: { code: 'origin_not_allowed' } } },
  }
  let reply: keyof typeof replies | 'late' | 'real' = 'late'
  const waiting: Route[] = []
  const answer = async (route: Route) => {
    if (reply === 'late') waiting.push(route)
    else if (reply === 'real') await route.continue()
    else await route.fulfill(replies[reply])
  }
  await page.context().route('**/api/leads', answer)
  return {
    async are(next: typeof reply) {
      reply = next
      for (const route of waiting.splice(0)) await answer(route)
    },
  }
}
