import { afterAll, describe, expect, test } from 'bun:test'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { openChromium, startOwnLine, storedLeads } from '../stage/browser.ts'
import { formWords } from '../stage/campaign/shown.ts'
import { newPhone } from '../stage/leads.ts'
import { button, field, send, thanked } from './lead-form.ts'

const words = formWords.en
const pageDir = mkdtempSync(join(tmpdir(), 'landfast-hooks-'))
afterAll(() => rmSync(pageDir, { recursive: true, force: true }))
cpSync(process.env.PAGE_DIR!, pageDir, { recursive: true })

// What is asked of an advertiser, and what it was sent.
const asked: string[] = []
const advertiser = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  async fetch(request) {
    asked.push(`${request.url} ${request.headers.get('referer')} ${await request.text()}`)
    const headers = { 'content-type': 'text/javascript', 'access-control-allow-origin': '*' }
    return new Response('window.advertiser = true', { headers })
  },
})
afterAll(() => advertiser.stop(true))
const ads = advertiser.url.origin

// As docs/campaign.md has it.
writeFileSync(
  join(pageDir, 'tags.js'),
  `window.heard = []
document.addEventListener('landfast:lead', (event) => {
  const { id, duplicate, mayLoadTags } = event.detail
  heard.push(event.detail)
  if (duplicate || !mayLoadTags) return
  const tag = document.createElement('script')
  tag.src = '${ads}/tag.js'
  tag.onload = () => fetch('${ads}/conversion?id=' + id, { method: 'POST', keepalive: true })
  document.head.append(tag)
})`,
)
writeFileSync(join(pageDir, 'thanks.html'), '<!doctype html><title>Thank you</title><h1>Thank you</h1>')
const htmlFiles = readdirSync(join(pageDir, 'pages'), { recursive: true, withFileTypes: true }).filter(
  ({ name }) => name.endsWith('.html'),
)
for (const { parentPath, name } of htmlFiles) {
  const path = join(parentPath, name)
  // Only one of the pages has a page of thanks.
  const thanks = name.startsWith('hero.b') ? '"thanks":"/thanks.html",' : ''
  writeFileSync(
    path,
    readFileSync(path, 'utf8')
      .replace('</head>', '<script defer src="/tags.js"></script></head>')
      .replace('{"lead-form":{', (start) => start + thanks),
  )
}
const { line, db } = await startOwnLine({
  redisNumber: 8,
  env: { PAGE_DIR: pageDir, CSP_SCRIPT_SOURCES: ads },
})
const chromium = await openChromium()

type Heard = { id?: string; duplicate: boolean; mayLoadTags: boolean }
const heard = (page: Page) => page.evaluate(() => (window as unknown as { heard: Heard[] }).heard)
const visit = async (path: string, script: () => void = () => {}) => {
  const visit = await chromium.visit('about:blank', { allowedOrigins: [line.origin, ads] })
  await visit.page.addInitScript(script)
  await visit.page.goto(line.origin + path)
  return visit
}

describe('a number in the address', () => {
  test.each([
    ['#tel=+447700900123', '+44 7700 900 123'],
    ['#tel=%2B447700900123', '+44 7700 900 123'],
    ['#tel=07700%20900123', '07700 900 123'],
  ])(
    '%s stands in the field as %s, is nowhere else, and is not sent before it is sent',
    async (hash, shown) => {
      const context = await chromium.visit('about:blank', { allowedOrigins: [line.origin] })
      const { page } = context
      const told: string[] = []
      page.context().on('request', (request) => {
        const text = `${request.url()} ${JSON.stringify(request.headers())} ${request.postData() ?? ''}`
        // What the browser shows as the address it asks for; a fragment never leaves it.
        told.push(text.replace(/#\S*/, ''))
      })
      await page.goto(`${line.origin}/en?utm_source=mail${hash}`)
      await page.waitForFunction(
        (shown) => document.querySelector<HTMLInputElement>('#phone')?.value === shown,
        shown,
      )
      expect(page.url()).toBe(`${line.origin}/en?utm_source=mail`)
      await page.reload()
      expect(await page.evaluate(() => location.href)).toBe(`${line.origin}/en?utm_source=mail`)
      expect(told.length).toBeGreaterThan(3)
      expect(told.filter((text) => /7700/.test(text))).toEqual([])
    },
  )

  test('is a lead when the visitor says so', async () => {
    const phone = newPhone()
    const { page } = await visit(`/en?variant=hero.a#tel=${phone}`)
    await page.waitForFunction(() => document.querySelector<HTMLInputElement>('#phone')?.value)
    await button(page).click()
    await thanked(page)
    expect(await storedLeads(db, phone)).toHaveLength(1)
  })

  test('of a link to the page that is open already fills the empty field, and is gone from the address', async () => {
    const { page } = await visit('/en')
    const follow = (number: string) =>
      page.evaluate((hash) => {
        location.hash = hash
      }, `tel=${number}`)
    await follow('+447700900123')
    await page.waitForFunction(() => document.querySelector<HTMLInputElement>('#phone')?.value)
    expect(await field(page).inputValue()).toBe('+44 7700 900 123')
    await follow('+447700900124')
    await page.waitForFunction(() => location.hash === '')
    expect(await field(page).inputValue()).toBe('+44 7700 900 123')
    expect(page.url()).not.toContain('7700')
  })

  test.each(['#tel=', '#tel=%', '#estimate'])('%s that is none leaves the field empty', async (hash) => {
    const { page, complaints } = await visit(`/en${hash}`)
    await page.waitForLoadState('networkidle')
    expect(await field(page).inputValue()).toBe('')
    expect(complaints).toEqual([])
  })
})

test('who changes the language comes from the same campaign, also where the browser remembers none', async () => {
  const { page } = await visit('/en?utm_source=mail&variant=hero.a', () => {
    Object.defineProperty(window, 'localStorage', { get: () => undefined })
  })
  await page.locator('header a[hreflang=fa]').click()
  await page.waitForURL(`${line.origin}/fa?utm_source=mail&variant=hero.a`)
})

describe('scripts of the campaign', () => {
  test('hear of a lead once, by its id and without its number, and may load a tag then', async () => {
    asked.length = 0
    const phone = newPhone()
    const { page, complaints } = await visit('/en?variant=hero.a')
    await send(page, phone)
    await thanked(page)
    const [stored] = await storedLeads(db, phone)
    const { id } = stored!
    expect(await heard(page)).toEqual([{ id, duplicate: false, mayLoadTags: true }])
    await page.waitForFunction(() => 'advertiser' in window)
    while (asked.length < 2) await page.waitForTimeout(20)
    expect(asked.join()).toContain(`/conversion?id=${id}`)
    expect(asked.join()).not.toContain(phone.slice(-9))
    expect(complaints).toEqual([])
    await page.getByRole('button', { name: words.thanks.restart }).click()
    await send(page, phone)
    await page.getByRole('heading', { name: words.duplicate.title }).waitFor()
    expect((await heard(page)).slice(1)).toEqual([{ duplicate: true, mayLoadTags: true }])
    expect(asked).toHaveLength(2)
  })

  test('hear that no tag may be loaded where the browser asks for privacy, which leaves no trace of the campaign here', async () => {
    asked.length = 0
    const phone = newPhone()
    const { page } = await visit('/en?variant=hero.a&utm_source=tv&gclid=abc', () =>
      Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { value: true }),
    )
    await send(page, phone)
    await thanked(page)
    expect(await heard(page)).toMatchObject([{ duplicate: false, mayLoadTags: false }])
    expect(asked).toEqual([])
    expect(await page.evaluate(() => localStorage.getItem('landfast.touches'))).toBeNull()
  })
})

describe('a page of thanks', () => {
  test('is where a visitor goes whose number is kept, and nothing of the number goes along', async () => {
    const phone = newPhone()
    const { page } = await visit('/en?variant=hero.b')
    await send(page, phone)
    await page.getByRole('heading', { name: 'Thank you' }).waitFor()
    expect(page.url()).toBe(`${line.origin}/thanks.html`)
    expect(await storedLeads(db, phone)).toHaveLength(1)
    await page.goBack()
    await thanked(page)
    expect(page.url()).toBe(`${line.origin}/en?variant=hero.b`)
  })

  test('waits for a script that says so', async () => {
    const { page } = await visit('/en?variant=hero.b', () =>
      document.addEventListener('landfast:lead', (event) => event.preventDefault()),
    )
    await send(page, newPhone())
    await thanked(page)
    await page.waitForTimeout(300)
    expect(page.url()).toBe(`${line.origin}/en?variant=hero.b`)
  })
})
