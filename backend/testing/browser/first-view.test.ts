import { describe, expect, test } from 'bun:test'
import type { Page } from 'playwright-core'
import { openChromium, startOwnLine } from '../stage/browser.ts'
import { formWords, languages, shown, variants } from '../stage/campaign/shown.ts'
import { newPhone } from '../stage/leads.ts'
import { button, field, heading, overhang, send } from './lead-form.ts'

const { line } = await startOwnLine({ redisNumber: 4 })
const chromium = await openChromium()

const phones = [
  { width: 360, height: 640 },
  { width: 390, height: 664 },
]
const pages = languages.flatMap((language) =>
  variants.flatMap((variant) => phones.map((viewport) => ({ language, variant, viewport }))),
)
const visit = (path: string, viewport = phones[0]!) =>
  chromium.visit(line.origin + path, { viewport, reducedMotion: 'reduce' })
const callBar = (page: Page) => page.locator('#call-bar')

/** Runs in the page: keeps how far things have moved by themselves, and when. */
function watchShifts(): void {
  const shifts: PerformanceEntry[] = []
  Object.assign(window, { shifts })
  new PerformanceObserver((list) => {
    shifts.push(...list.getEntries())
  }).observe({ type: 'layout-shift', buffered: true })
}
const shiftsOf = (page: Page, sinceMs = 0) =>
  page.evaluate((since) => {
    const { shifts } = window as unknown as { shifts: { startTime: number; value: number }[] }
    return shifts.filter(({ startTime }) => startTime >= since).map(({ value }) => value)
  }, sinceMs)

/** The same site, whose HTML comes as over a line so slow that a browser draws what it has. */
function inPieces(origin: string) {
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const { pathname, search } = new URL(request.url)
      const { headers, body } = await fetch(origin + pathname + search)
      const type = headers.get('content-type') ?? ''
      if (!type.startsWith('text/html')) return new Response(body, { headers: { 'content-type': type } })
      const bytes = await new Response(body).bytes()
      let at = 0
      const pieces = new ReadableStream({
        async pull(controller) {
          controller.enqueue(bytes.slice(at, at + pieceBytes))
          at += pieceBytes
          if (at >= bytes.length) controller.close()
          else await Bun.sleep(pieceWaitMs)
        },
      })
      return new Response(pieces, { headers: { 'content-type': type } })
    },
  })
  return { origin: server.url.origin, stop: () => server.stop(true) }
}
const pieceBytes = 800
/** What the name of another language moves in the header, when it comes alone. A browser calls 0.1 good. */
const shiftMax = 0.005
// Longer than a frame takes, so that each piece is drawn by itself.
const pieceWaitMs = 30

describe('field and button are in the first view of a phone, so that variants differ in what they say', () => {
  test.each(pages)('$language, $variant, $viewport', async ({ language, variant, viewport }) => {
    for (const consent of ['off', 'on']) {
      const asked = `hero.${variant}-consent_checkbox.${consent}`
      const { page } = await visit(`/${language}?variant=${asked}`, viewport)
      for (const part of [field(page, formWords[language]), button(page)]) {
        const { y, height } = (await part.boundingBox())!
        expect([asked, y >= 0 && y + height <= viewport.height]).toEqual([asked, true])
      }
    }
  })
})

test.each([...variants])('nothing moves when the picture of %s arrives', async (variant) => {
  const { page } = await chromium.visit('about:blank', { viewport: { width: 1280, height: 800 } })
  const { promise: arrived, resolve: arrives } = Promise.withResolvers<void>()
  await page.route('**/assets/*.svg', async (route) => {
    await arrived
    await route.continue()
  })
  await page.addInitScript(watchShifts)
  await page.goto(`${line.origin}/en?variant=hero.${variant}`, { waitUntil: 'commit' })
  const picture = page.getByAltText(shown.en.content.picture!.alt)
  await picture.waitFor({ state: 'attached' })
  // What else arrives late may move things, which is not the picture's doing.
  await page.waitForFunction(() => document.forms[0]?.noValidate)
  await page.evaluate(async () => void (await document.fonts.ready))
  const boxes = () =>
    Promise.all([picture, button(page), page.locator('header')].map((part) => part.boundingBox()))
  const drawn = () =>
    page.evaluate(
      () =>
        new Promise<number>((resolve) =>
          requestAnimationFrame(() => setTimeout(() => resolve(performance.now()))),
        ),
    )
  const sinceMs = await drawn()
  const before = await boxes()
  arrives()
  await picture.evaluate((image: HTMLImageElement) => image.decode())
  await drawn()
  expect(await boxes()).toEqual(before)
  expect(await shiftsOf(page, sinceMs)).toEqual([])
})

describe.each([
  { width: 360, height: 640 },
  { width: 1280, height: 800 },
])('nothing moves while the page arrives piece by piece, at $width × $height,', (viewport) => {
  test.each([...variants])('in variant %s', async (variant) => {
    const slow = inPieces(line.origin)
    try {
      const { page } = await chromium.visit('about:blank', { viewport, allowedOrigins: [slow.origin] })
      await page.addInitScript(watchShifts)
      for (const language of languages) {
        await page.goto(`${slow.origin}/${language}?variant=hero.${variant}`)
        await button(page).waitFor()
        const shifted = (await shiftsOf(page)).reduce((sum, shift) => sum + shift, 0)
        expect([language, shifted, shifted < shiftMax]).toEqual([language, shifted, true])
      }
    } finally {
      slow.stop()
    }
  })
})

describe('on a phone a bar leads back to the form', () => {
  test('while nothing of the form is in sight, and no longer', async () => {
    const { page } = await visit('/en?variant=hero.a')
    expect(await callBar(page).isVisible()).toBe(false)
    await page.locator('#questions').scrollIntoViewIfNeeded()
    await callBar(page).waitFor()
    expect(await overhang(page)).toBeLessThanOrEqual(0)
    await callBar(page).getByRole('link').click()
    await callBar(page).waitFor({ state: 'hidden' })
    await field(page).waitFor()
  })

  test('and nothing that the keyboard leads to is behind it', async () => {
    const { page } = await visit('/en?variant=hero.a')
    await page.locator('#questions').scrollIntoViewIfNeeded()
    await callBar(page).waitFor()
    for (const question of await page.locator('summary').all()) {
      await question.focus()
      const { y, height } = (await question.boundingBox())!
      expect(y + height).toBeLessThanOrEqual((await callBar(page).boundingBox())!.y)
    }
  })

  test('but not on a desk, where the page is short', async () => {
    const { page } = await visit('/en', { width: 1280, height: 800 })
    await page.locator('footer').scrollIntoViewIfNeeded()
    expect(await callBar(page).isVisible()).toBe(false)
  })
})

test('who has left a number is asked for none, anywhere on the page', async () => {
  const { page } = await visit('/en')
  await send(page, newPhone())
  await heading(page, formWords.en.thanks.title).waitFor()
  await page.locator('footer').scrollIntoViewIfNeeded()
  expect(await page.locator('main a[href="#estimate"]').filter({ visible: true }).all()).toHaveLength(0)
  expect(await heading(page, shown.en.content.closing!.title).isVisible()).toBe(false)
})

test('letters twice as large leave the field four fifths of the screen, for a whole number', async () => {
  const { page } = await visit('/en')
  const devTools = await page.context().newCDPSession(page)
  await devTools.send('Page.setFontSizes', { fontSizes: { standard: 32 } })
  expect((await field(page).boundingBox())!.width).toBeGreaterThan(phones[0]!.width * 0.8)
})

test('the header holds a name of 40 characters on a screen of 280 pixels', async () => {
  const { page } = await visit('/en', { width: 280, height: 653 })
  const name = 'Northumberland Renewable Heating & Solar'
  expect(name).toHaveLength(40)
  await page.locator('header p span').evaluate((brand, text) => {
    brand.textContent = text
  }, name)
  expect(await overhang(page)).toBeLessThanOrEqual(0)
  const parts = await page.locator('header p:not([hidden]), header nav, header a[href^="tel:"]').all()
  const boxes = await Promise.all(parts.map(async (part) => (await part.boundingBox())!))
  expect(boxes).toHaveLength(3)
  for (const [index, a] of boxes.entries())
    for (const b of boxes.slice(index + 1)) {
      const apart =
        a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y
      expect(apart).toBe(true)
    }
})

test.each(['ps', 'ug', 'ku-arab'])('the joined letters of %s are not torn apart', async (language) => {
  const { page } = await visit('/fa')
  const title = page.locator('h1')
  await title.evaluate((_, lang) => {
    document.documentElement.lang = lang
  }, language)
  expect(await title.evaluate((element) => getComputedStyle(element).letterSpacing)).toMatch(/^(normal|0px)$/)
})

test('the page can be read on paper: every answer is there, and by day', async () => {
  const { page } = await chromium.visit(`${line.origin}/en`, { colorScheme: 'dark' })
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
  for (const { answer } of shown.en.content.questions!.list) {
    const height = await page.getByText(answer).evaluate((text) => text.getBoundingClientRect().height)
    expect(height).toBeGreaterThan(0)
  }
  expect(await page.evaluate(() => getComputedStyle(document.body).color)).toBe(
    await page.evaluate(() => {
      const probe = document.body.appendChild(document.createElement('i'))
      probe.style.color = 'var(--ink)'
      return getComputedStyle(probe).color
    }),
  )
  expect(
    await page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--ink')),
  ).toBe(shown.en.campaign.colours.light.ink)
  expect(await button(page).isVisible()).toBe(false)
})

test('buttons look like buttons where the system decides the colours, and what has the focus shows it', async () => {
  const { page } = await chromium.visit(line.origin, { forcedColors: 'active' })
  for (const part of [button(page), page.locator('a[href="#estimate"]').last()])
    expect(await part.evaluate((element) => getComputedStyle(element).borderTopWidth)).toBe('1px')
})
