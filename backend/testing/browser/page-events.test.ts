import { describe, expect, test } from 'bun:test'
import { sql } from 'kysely'
import type { Page } from 'playwright-core'
import { theSystem } from '../../operators/audit.ts'
import { newOperatorKey } from '../../operators/operator-key.ts'
import { createOperatorKeys } from '../../postgres/operator-keys.ts'
import { onceThere, openChromium, startOwnLine, storedLeads } from '../stage/browser.ts'
import { formWords } from '../stage/campaign/shown.ts'
import { newPhone } from '../stage/leads.ts'
import { heading, send, submissionsOf, thanked, visitWithoutScripts } from './lead-form.ts'

const words = formWords.en
const { line, db } = await startOwnLine({ redisNumber: 12 })
const chromium = await openChromium()

type StoredEvent = Readonly<{ type: string; word: string; url: string | null; value: number | null }>

/** What is stored of this visitor's page views, but for exposures, once the types that are awaited are there. */
async function eventsOf(page: Page, awaited: readonly string[]): Promise<StoredEvent[]> {
  const cookies = await page.context().cookies()
  const visitor = cookies.find(({ name }) => name === 'lf_visitor')!.value
  return onceThere(awaited.join(), async () => {
    const { rows } = await sql<StoredEvent>`
      select event_type as type, word, url, value from events
      where visitor_id = ${visitor} and event_type <> 'exposure' order by id`.execute(db)
    return awaited.every((type) => rows.some((row) => row.type === type)) ? rows : undefined
  })
}

const countOf = (events: readonly StoredEvent[], wanted: string) =>
  events.filter(({ type }) => type === wanted).length

/** Who sends a form sooner than people do is suspect, and converts nobody. */
const unhurried = (page: Page) => page.waitForFunction(() => performance.now() > 1_500)

/** Leaves the page as a visitor does. */
const leave = (page: Page) => page.goto(`${line.origin}/robots.txt`)

describe('a visit is told of', () => {
  test('as a page view, its clicks and its one accepted submission, under the variant that was seen', async () => {
    const phone = newPhone()
    const { page, complaints } = await chromium.visit(`${line.origin}/en?utm_campaign=spring`)
    const word = (await page.locator('html').getAttribute('data-page'))!
    await unhurried(page)
    await page.locator('main a[href="#estimate"]').filter({ visible: true }).last().click()
    await send(page, phone)
    await thanked(page)
    await page.getByRole('button', { name: words.thanks.restart }).click()
    await send(page, phone)
    await heading(page, words.duplicate.title).waitFor()
    await leave(page)
    const events = await eventsOf(page, ['page_view', 'cta_click', 'form_submit'])
    for (const type of ['page_view', 'cta_click', 'form_submit']) expect(countOf(events, type)).toBe(1)
    for (const event of events) expect(event).toMatchObject({ word, url: '/en' })
    expect(complaints).toEqual([])
  })

  test('as submitted, too, when the form was posted before the script had arrived', async () => {
    const { page, letScriptsIn } = await visitWithoutScripts(chromium, line.origin)
    await page.getByLabel(words.label).fill(newPhone())
    await letScriptsIn()
    await page.locator('button[type=submit]').click()
    await thanked(page)
    await leave(page)
    expect(countOf(await eventsOf(page, ['form_submit']), 'form_submit')).toBe(1)
  })

  test('as submitted without any script, and not again by whoever opens the address of the thanks', async () => {
    const { page } = await chromium.visit(line.origin, { javaScriptEnabled: false })
    const word = (await page.locator('html').getAttribute('data-page'))!
    await page.getByLabel(words.label).fill(newPhone())
    await page.locator('button[type=submit]').click()
    await page.waitForURL(/#thanks/)
    expect(await eventsOf(page, ['form_submit'])).toMatchObject([{ type: 'form_submit', word, url: '/' }])

    const { page: other } = await chromium.visit(`${line.origin}/?thanks=1#thanks`)
    await other.waitForURL(`${line.origin}/`)
    await leave(other)
    expect(countOf(await eventsOf(other, ['page_view']), 'form_submit')).toBe(0)
  })

  test('with how fast it felt', async () => {
    const { page } = await chromium.visit(line.origin)
    await page.waitForFunction(() =>
      performance.getEntriesByType('resource').some(({ name }) => name.includes('/assets/vitals-')),
    )
    await page.locator('h1').click()
    await leave(page)
    const events = await eventsOf(page, ['web_vital_lcp', 'web_vital_cls'])
    const lcp = events.find(({ type }) => type === 'web_vital_lcp')!
    expect(lcp.value).toBeGreaterThan(0)
  })

  test('at most once a load, and not when an operator only looks', async () => {
    const { page } = await chromium.visit(line.origin)
    await page.goto(`${line.origin}/?variant=hero.b`)
    await page.goto(`${line.origin}/fa`)
    await leave(page)
    const events = await onceThere('the last page view', async () => {
      const found = await eventsOf(page, ['page_view'])
      return found.some(({ url }) => url === '/fa') ? found : undefined
    })
    expect(events.filter(({ type }) => type === 'page_view').map(({ url }) => url)).toEqual(['/', '/fa'])
  })
})

const swallowed = {
  'are missing': () => {
    Object.defineProperty(Navigator.prototype, 'sendBeacon', { value: undefined })
  },
  'are swallowed': () => {
    Navigator.prototype.sendBeacon = () => true
  },
  'are refused': () => {
    Navigator.prototype.sendBeacon = () => false
  },
} as const

test.each(Object.keys(swallowed) as (keyof typeof swallowed)[])(
  'a lead of a known visitor is a conversion where beacons %s and the tab is closed at once',
  async (how) => {
    const phone = newPhone()
    const { page } = await chromium.visit('about:blank', { allowedOrigins: [line.origin] })
    await page.addInitScript(swallowed[how])
    await page.goto(`${line.origin}/en`)
    const word = (await page.locator('html').getAttribute('data-page'))!
    await unhurried(page)
    await send(page, phone)
    await leave(page)
    const events = await eventsOf(page, ['form_submit'])
    expect(events.filter(({ type }) => type === 'form_submit')).toMatchObject([{ word, url: '/en' }])
    if (how !== 'are swallowed') expect(countOf(await eventsOf(page, ['page_view']), 'page_view')).toBe(1)
  },
)

/** Those exposed and those of them who have converted, of all variants. */
async function rates(): Promise<{ exposed: number; converted: number }> {
  const { conversion } = (await (await fetch(`${line.origin}/api/stats`)).json()) as {
    conversion: { exposed: number; converted: number }[]
  }
  const sum = (name: 'exposed' | 'converted') => conversion.reduce((all, each) => all + each[name], 0)
  return { exposed: sum('exposed'), converted: sum('converted') }
}

test('a page of an older build, which tells of its form itself, converts its visitor once', async () => {
  // A headless one counts as a robot, which converts nobody.
  const userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0'
  const { page } = await chromium.visit(`${line.origin}/en`, { userAgent })
  const word = (await page.locator('html').getAttribute('data-page'))!
  await eventsOf(page, ['page_view'])
  const before = await rates()
  const tellAsBefore = () =>
    page.evaluate((variant) => {
      navigator.sendBeacon('/api/e', JSON.stringify({ event_type: 'form_submit', variant, url: '/en' }))
    }, word)
  await unhurried(page)
  await send(page, newPhone())
  await thanked(page)
  await tellAsBefore()
  await tellAsBefore()
  await onceThere('all that was told', async () => {
    const told = countOf(await eventsOf(page, ['form_submit']), 'form_submit')
    return told === 3 || undefined
  })
  expect(await rates()).toEqual({ exposed: before.exposed, converted: before.converted + 1 })
})

test('a page whose events nobody takes works the same', async () => {
  const phone = newPhone()
  const { page } = await chromium.visit(line.origin)
  await page.route('**/api/e', (route) => route.abort())
  expect((await send(page, phone)).status()).toBe(202)
  await thanked(page)
  expect(await storedLeads(db, phone)).toHaveLength(1)
})

describe('while proofs of work are asked for', () => {
  const setFlag = async (value: boolean) => {
    const { text, kept } = newOperatorKey('test')
    await createOperatorKeys(db).add(kept, { by: theSystem, action: 'key.made' })
    const response = await fetch(`${line.origin}/api/admin/flags/proof_of_work`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${text}`, 'content-type': 'application/json' },
      body: JSON.stringify({ value }),
    })
    expect(await response.json()).toMatchObject({ live: true })
  }

  test('the page does the work by itself, one that was open before as well', async () => {
    const { page: openBefore } = await chromium.visit(line.origin)
    const before = submissionsOf(openBefore)
    await setFlag(true)
    const phones = [newPhone(), newPhone()] as const
    await openBefore.getByLabel(words.label).fill(phones[0])
    await openBefore.locator('button[type=submit]').click()
    await thanked(openBefore)
    // Refused once for want of a proof, then with it: the same submission.
    expect(before).toHaveLength(2)
    expect(new Set(before).size).toBe(1)

    const { page, complaints } = await chromium.visit(line.origin)
    const sent = submissionsOf(page)
    expect((await send(page, phones[1])).status()).toBe(202)
    await thanked(page)
    expect(sent).toHaveLength(1)
    expect(complaints).toEqual([])
    for (const phone of phones) expect(await storedLeads(db, phone)).toHaveLength(1)
    await setFlag(false)
  })

  test('and while they are not, nothing of that is loaded', async () => {
    const { page } = await chromium.visit(line.origin)
    const loaded: string[] = []
    page.on('request', (request) => loaded.push(request.url()))
    await send(page, newPhone())
    await thanked(page)
    expect(loaded.filter((url) => /prove|worker|challenge/.test(url))).toEqual([])
  })
})
