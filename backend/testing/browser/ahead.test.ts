import { describe, expect, test } from 'bun:test'
import { sql } from 'kysely'
import { onceThere, openChromium, startOwnLine } from '../stage/browser.ts'
import { until } from '../stage/faults.ts'
import { startFront } from '../stage/front.ts'
import { newPhone } from '../stage/leads.ts'
import { openUndriven, type UndrivenBrowser } from '../stage/undriven-browser.ts'
import { send, thanked } from './lead-form.ts'

const { line, db } = await startOwnLine({ redisNumber: 11 })
const { origin } = await startFront({ apiPorts: [Number(new URL(line.origin).port)] })
const chromium = await openChromium()

type StoredEvent = Readonly<{ visitor: string; type: string; word: string; url: string }>

let campaigns = 0
const newCampaign = () => `ahead${++campaigns}`

async function eventsOf(campaign: string): Promise<StoredEvent[]> {
  const { rows } = await sql<StoredEvent>`
    select visitor_id as visitor, event_type as type, word, url from events
    where attribution->>'utm_campaign' = ${campaign} order by id`.execute(db)
  return rows
}

const eventsWith = (campaign: string, ...types: readonly string[]) =>
  onceThere(types.join(), async () => {
    const events = await eventsOf(campaign)
    return types.every((type) => events.some((event) => event.type === type)) ? events : undefined
  })

/** Whatever was told before is stored by now. */
async function untilAllIsStored(): Promise<void> {
  const campaign = newCampaign()
  await fetch(`${origin}/en?utm_campaign=${campaign}`)
  await eventsWith(campaign, 'exposure')
}

const untilDrawn = ({ asked }: UndrivenBrowser) =>
  until('it is drawn', () => ['svg', 'js'].every((kind) => asked.some((path) => path.endsWith(`.${kind}`))))

const rulesFor = (kind: 'prefetch' | 'prerender', address: string) => ({
  [kind]: [{ urls: [address], eagerness: 'immediate' }],
})

describe('a page that a browser draws in advance', () => {
  test('counts nobody and keeps nothing while nobody opens it', async () => {
    const campaign = newCampaign()
    const address = `/en?utm_campaign=${campaign}`
    const browser = openUndriven(origin, rulesFor('prerender', address))
    await untilDrawn(browser)
    browser.goTo('/kept')
    await until('it tells', () => browser.asked.some((path) => path.startsWith('/kept?')))
    expect(browser.asked.at(-1)).toBe('/kept?{}')
    await untilAllIsStored()
    expect(await eventsOf(campaign)).toEqual([])
    expect(browser.asked.filter((path) => path === '/api/shown')).toEqual([])
  })

  test('has one visitor, exposed to what it shows, from when it is opened', async () => {
    const campaign = newCampaign()
    const address = `/en?utm_campaign=${campaign}`
    const browser = openUndriven(origin, rulesFor('prerender', address))
    await untilDrawn(browser)
    expect(await eventsOf(campaign)).toEqual([])
    browser.goTo(address)
    const events = await eventsWith(campaign, 'exposure', 'page_view')
    expect(events.map(({ type, url }) => [type, url.replace(/^http:..[^/]*/, '')]).sort()).toEqual([
      ['exposure', '/en'],
      ['page_view', '/en'],
    ])
    expect(new Set(events.map(({ visitor, word }) => `${visitor} ${word}`)).size).toBe(1)
    // It was drawn in advance, and not loaded anew.
    expect(browser.asked.filter((path) => path === address)).toHaveLength(1)
    expect(browser.asked.filter((path) => path === '/api/shown')).toHaveLength(1)
  })
})

test('a lead from a page that was fetched in advance is a conversion of who opened it', async () => {
  const campaign = newCampaign()
  const address = `/en?utm_campaign=${campaign}`
  const { page, complaints } = await chromium.visit(`${origin}/privacy-en.html`, { bypassCSP: true })
  const fetched = page.context().waitForEvent('request', (request) => request.url().includes(campaign))
  await page.evaluate(
    (rules) => {
      const element = document.createElement('script')
      element.type = 'speculationrules'
      element.textContent = rules
      document.head.append(element)
    },
    JSON.stringify(rulesFor('prefetch', address)),
  )
  expect((await fetched).headers()['sec-purpose']).toBe('prefetch')
  await (await fetched).response()
  expect(await page.context().cookies()).toEqual([])
  const told = page.waitForResponse((response) => response.url().endsWith('/api/shown'))
  await page.evaluate((to) => {
    location.href = to
  }, address)
  expect((await told).status()).toBe(204)
  const cookies = await page.context().cookies()
  const visitor = cookies.find(({ name }) => name === 'lf_visitor')!.value
  const word = (await page.locator('html').getAttribute('data-page'))!
  await page.waitForFunction(() => performance.now() > 1_500)
  await send(page, newPhone())
  await thanked(page)
  const events = await eventsWith(campaign, 'exposure', 'form_submit')
  for (const event of events) expect(event).toMatchObject({ visitor, word })
  expect(events.filter(({ type }) => type === 'exposure')).toHaveLength(1)
  expect(complaints).toEqual([])
})

describe('through nginx', () => {
  const known = 'lf_visitor=abcdefghijklmnopqrstuv; lf_page=hero.b; lf_language=en'
  const kinds = [
    ['GET', { 'sec-purpose': 'prefetch;prerender' }],
    ['GET', { 'sec-purpose': 'prefetch' }],
    ['GET', { purpose: 'prefetch' }],
    ['GET', { 'x-moz': 'prefetch' }],
    ['GET', { 'x-purpose': 'preview' }],
    ['HEAD', {}],
  ] as const

  test.each(kinds)(
    'a %s with %j is no visit, and gets between nobody and their page',
    async (method, headers) => {
      const campaign = newCampaign()
      const loaded = async (cookie = '') => {
        const response = await fetch(`${origin}/en?utm_campaign=${campaign}`, {
          method,
          headers: { ...headers, cookie },
        })
        return { response, html: await response.text() }
      }
      for (let time = 0; time < 2; time++) {
        const { response, html } = await loaded()
        expect([response.status, response.headers.getSetCookie()]).toEqual([200, []])
        expect(response.headers.get('cache-control')).toBe('private, no-cache')
        if (method === 'GET') expect(html).toContain('"ahead":"hero.')
      }
      for (let time = 0; time < 2; time++) {
        const { html } = await loaded(known)
        if (method === 'GET') expect(html).toContain('data-page="hero.b"')
        expect(html).not.toContain('"ahead"')
      }
      const opened = await (await fetch(`${origin}/en`, { headers: { cookie: known } })).text()
      expect(opened).not.toContain('"ahead"')
      await untilAllIsStored()
      expect(await eventsOf(campaign)).toEqual([])
    },
  )
})
