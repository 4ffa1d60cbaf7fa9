import { describe, expect, test } from 'bun:test'
import type { Page } from 'playwright-core'
import { formatPhone } from '../../../frontend/landing/form/phone-field.ts'
import { byPublicName, onceThere, openChromium, startOwnLine, storedLeads } from '../stage/browser.ts'
import { formWords } from '../stage/campaign/shown.ts'
import { newPhone } from '../stage/leads.ts'
import { gateTo } from '../stage/tcp-gate.ts'
import {
  button,
  field,
  focused,
  heading,
  says,
  send,
  submissionsOf,
  visitWithoutScripts,
  whileFrozen,
} from './lead-form.ts'

const words = formWords.en
const { line, db, setStores } = await startOwnLine({ redisNumber: 4 })
const chromium = await openChromium()

/** The same phone in Persian digits, in groups. */
function spelledOtherwise(phone: string): string {
  return phone.replace(/\d/g, (digit) => '۰۱۲۳۴۵۶۷۸۹'[Number(digit)]!).replace(/(...)$/, ' $1')
}

describe('a phone number typed on the page', () => {
  test('is a row in Postgres under the id of its answer, with the campaign that brought it', async () => {
    const phone = newPhone()
    const { page, complaints } = await chromium.visit(`${line.origin}/?utm_campaign=spring`)
    const response = await send(page, phone)
    await heading(page, words.thanks.title).waitFor()
    expect(response.status()).toBe(202)
    const { id } = (await response.json()) as { id: string }
    expect(await storedLeads(db, phone)).toMatchObject([{ id, duplicate_of: null, campaign: 'spring' }])
    await onceThere('the status "stored"', async () => {
      const response = await fetch(`${line.origin}/api/leads/${id}/status`)
      const { status } = (await response.json()) as { status: string }
      return status === 'stored' || undefined
    })
    expect(await focused(page)).toBe('H2')
    expect(complaints).toEqual([])
  })

  test('comes from the campaign whose path the visitor typed, with a script or without', async () => {
    for (const javaScriptEnabled of [true, false]) {
      const phone = newPhone()
      const { page } = await chromium.visit(`${line.origin}/radio-ashgrove`, { javaScriptEnabled })
      await field(page).fill(phone)
      await button(page).click()
      expect(await storedLeads(db, phone)).toMatchObject([{ campaign: 'radio-ashgrove' }])
      if (!javaScriptEnabled) expect(new URL(page.url()).pathname).toBe('/radio-ashgrove')
    }
  })

  test('is found again however it is typed', async () => {
    const phone = newPhone()
    const { page, complaints } = await chromium.visit(line.origin)
    await send(page, phone)
    await heading(page, words.thanks.title).waitFor()
    await page.getByRole('button', { name: words.thanks.restart }).click()
    expect((await send(page, spelledOtherwise(phone))).status()).toBe(200)
    await heading(page, words.duplicate.title).waitFor()
    expect(await storedLeads(db, phone)).toHaveLength(1)
    expect(complaints).toEqual([])
  })

  test('goes out without HTTPS, too, where browsers grant a page less', async () => {
    const { page } = await chromium.visit(byPublicName(line.origin))
    expect(await page.evaluate(() => isSecureContext)).toBe(false)
    expect((await send(page, newPhone())).status()).toBe(202)
    await heading(page, words.thanks.title).waitFor()
  })

  test('is sent once, however often the button is tapped', async () => {
    const phone = newPhone()
    const { page } = await chromium.visit(line.origin)
    const sent = submissionsOf(page)
    await field(page).fill(phone)
    await whileFrozen(line.api, async () => {
      await button(page).click()
      // Playwright alone would wait until the button looks ready again; people do not.
      for (let tap = 0; tap < 3; tap++) await button(page).click({ force: true })
    })
    await heading(page, words.thanks.title).waitFor()
    expect(sent).toHaveLength(1)
    expect(await storedLeads(db, phone)).toHaveLength(1)
  })
})

describe('a number that cannot be one', () => {
  const mistakes = [
    ['', words.problems.required],
    ['07700 900', words.problems.invalid_phone],
    ['call me maybe', words.problems.invalid_phone],
  ] as const
  test.each(mistakes)(
    '%p gets words beside the field, which takes the focus; nothing is sent',
    async (typed, problem) => {
      const { page } = await chromium.visit(line.origin)
      const sent = submissionsOf(page)
      await field(page).fill(typed)
      await button(page).click()
      await page.getByRole('alert').getByText(problem).waitFor()
      expect(await focused(page)).toBe('phone')
      expect(await field(page).getAttribute('aria-invalid')).toBe('true')
      expect(await field(page).inputValue()).toBe(typed)
      expect(sent).toEqual([])
    },
  )
})

test('what the API finds wrong with a number is said beside the field, too', async () => {
  const { page } = await chromium.visit(line.origin)
  await page.route('**/api/leads', (route) => route.continue({ postData: '{"phone":"0098912"}' }))
  expect((await send(page, newPhone())).status()).toBe(400)
  await page.getByRole('alert').getByText(words.problems.use_plus_prefix).waitFor()
  expect(await focused(page)).toBe('phone')
})

test('a browser that lacks what is new or optional sends a number all the same', async () => {
  const phone = newPhone()
  const { page } = await chromium.visit(line.origin)
  await page.addInitScript(() => {
    const missing = [
      [URL, 'canParse', 'parse'],
      [Promise, 'withResolvers', 'any', 'allSettled'],
      [Object, 'groupBy', 'hasOwn'],
      [Array.prototype, 'at', 'findLast', 'toSorted', 'toReversed', 'with'],
      [String.prototype, 'at', 'toWellFormed', 'isWellFormed'],
      [AbortSignal, 'any', 'timeout'],
      [Crypto.prototype, 'randomUUID', 'subtle'],
      [Navigator.prototype, 'locks', 'sendBeacon', 'userActivation'],
      [window, 'structuredClone', 'requestIdleCallback', 'scheduler', 'PerformanceObserver', 'localStorage'],
      [window, 'queueMicrotask', 'IntersectionObserver'],
    ] as const
    for (const [owner, ...names] of missing)
      for (const name of names) delete (owner as unknown as Record<string, unknown>)[name]
    Object.defineProperty(document, 'visibilityState', {
      get: () => {
        throw new Error('not here')
      },
    })
  })
  await page.goto(`${line.origin}/?utm_campaign=spring`)
  expect(await page.evaluate(() => 'canParse' in URL)).toBe(false)
  expect((await send(page, phone)).status()).toBe(202)
  await heading(page, words.thanks.title).waitFor()
  expect(await storedLeads(db, phone)).toMatchObject([{ campaign: 'spring' }])
})

test('an address that thanks for nothing thanks nobody', async () => {
  const { page } = await chromium.visit(`${line.origin}/?utm_source=tv&thanks=1#thanks`)
  await page.waitForURL(`${line.origin}/?utm_source=tv`)
  expect(await heading(page, words.thanks.title).count()).toBe(0)
  expect(await field(page).isVisible()).toBe(true)
  expect(await shown(page)).toEqual([])
})

const shown = async (page: Page) => {
  const found: string[] = []
  for (const id of ['thanks', 'duplicate']) if (await page.locator(`#${id}`).isVisible()) found.push(id)
  return found
}

test('a form that was refused before the script had arrived is taken over by it, with what was typed', async () => {
  const phone = newPhone()
  const { page, letScriptsIn } = await visitWithoutScripts(chromium, `${line.origin}/?utm_campaign=spring`)
  await field(page).fill('12345')
  await letScriptsIn()
  await button(page).click()
  await says(page, words.problems.invalid_phone)
  await page.waitForURL(`${line.origin}/?utm_campaign=spring`)
  expect(await field(page).inputValue()).toBe('12345')
  expect(await focused(page)).toBe('phone')
  await field(page).fill('1234')
  expect(await page.getByText(words.problems.invalid_phone).count()).toBe(0)
  await send(page, phone)
  await heading(page, words.thanks.title).waitFor()
  expect(await storedLeads(db, phone)).toMatchObject([{ campaign: 'spring' }])
})

describe('without JavaScript', () => {
  const visit = () => chromium.visit(`${line.origin}/?utm_campaign=spring`, { javaScriptEnabled: false })
  const post = async (page: Page, phone: string, own = words) => {
    await field(page, own).fill(phone)
    await button(page).click()
    await page.waitForURL(/#/)
  }

  test('a phone is a row, and the page thanks for it', async () => {
    const phone = newPhone()
    const { page, complaints } = await visit()
    expect(await shown(page)).toEqual([])
    await post(page, phone)
    expect(await shown(page)).toEqual(['thanks'])
    expect(await page.locator('#thanks').textContent()).toContain(words.thanks.title)
    expect(page.url()).toBe(`${line.origin}/?thanks=1#thanks`)
    const variant = await page.locator('html').getAttribute('data-page')
    expect(await storedLeads(db, phone)).toMatchObject([{ variant, campaign: 'spring' }])

    await post(page, spelledOtherwise(phone))
    expect(await shown(page)).toEqual(['duplicate'])
    expect(await page.locator('#duplicate').textContent()).toContain(words.duplicate.title)
    expect(await storedLeads(db, phone)).toHaveLength(1)
    expect(complaints).toEqual([])
  })

  test('a phone sent before the script has arrived is thanked for by the script', async () => {
    const phone = newPhone()
    const { page, letScriptsIn } = await visitWithoutScripts(chromium, line.origin)
    await field(page).fill(phone)
    await letScriptsIn()
    await button(page).click()
    await heading(page, words.thanks.title).waitFor()
    expect(await storedLeads(db, phone)).toHaveLength(1)
    // Reloading or sharing the address thanks nobody again.
    expect(page.url()).toBe(`${line.origin}/`)
  })

  test.each(['en', 'fa'] as const)(
    'a number that cannot be one comes back with what is wrong, and is in the field, in %s',
    async (language) => {
      const phone = newPhone()
      const own = formWords[language]
      const { page, complaints } = await chromium.visit(`${line.origin}/${language}?utm_campaign=spring`, {
        javaScriptEnabled: false,
      })
      await field(page, own).fill('0770 "&<b>')
      const answered = page.waitForResponse((response) => response.url().endsWith('/api/leads'))
      await button(page).click()
      expect((await answered).status()).toBe(400)
      await page.locator('#phone-problem').getByText(own.problems.invalid_phone).waitFor()
      expect(await field(page, own).inputValue()).toBe('0770 "&<b>')
      expect(
        await page.locator('#phone:focus[aria-invalid=true][aria-describedby~=phone-problem]').count(),
      ).toBe(1)
      expect(await page.locator('[role=alert]').filter({ hasText: own.problems.invalid_phone }).count()).toBe(
        0,
      )
      await post(page, phone, own)
      expect(page.url()).toBe(`${line.origin}/${language}?thanks=1#thanks`)
      expect(await storedLeads(db, phone)).toMatchObject([{ campaign: 'spring' }])
      // What a browser says of the status itself.
      expect(complaints.filter((text) => !text.includes('400'))).toEqual([])
    },
  )

  test('a number that cannot be taken at this moment comes back, too, with a number to ring', async () => {
    const phone = newPhone()
    const { page } = await visit()
    await field(page).fill(phone)
    setStores('shut')
    await button(page).click()
    await says(page, words.obstacles.unavailable)
    setStores('open')
    expect(await field(page).inputValue()).toBe(phone)
    expect(await page.locator('#lead-delay a[href^="tel:"]').count()).toBe(1)
    // A store that was away may need a moment.
    await onceThere('the thanks', async () => {
      await button(page).click()
      await page.waitForLoadState()
      return page.url().endsWith('#thanks') || undefined
    })
    expect(await page.locator('#thanks a[href^="tel:"]').count()).toBe(1)
    expect(await storedLeads(db, phone)).toHaveLength(1)
  })
})

describe('a phone number is kept on the page and sent again', () => {
  test('when the API is killed while it is asked', async () => {
    const phone = newPhone()
    const { page } = await chromium.visit(line.origin)
    await field(page).fill(phone)
    await whileFrozen(line.api, async () => {
      await button(page).click()
      await button(page).getByText(words.sending).waitFor()
      await line.api.kill('SIGKILL')
    })
    await says(page, words.obstacles.unreachable)
    expect(await field(page).inputValue()).toBe(formatPhone(phone))
    await line.api.start()
    await heading(page, words.thanks.title).waitFor()
    expect(await storedLeads(db, phone)).toHaveLength(1)
  })

  test('when its answer was lost, and then it is the same submission', async () => {
    const phone = newPhone()
    const gate = await gateTo(line.origin)
    try {
      const { page } = await chromium.visit(gate.url)
      const sent = submissionsOf(page)
      gate.set('mute')
      await field(page).fill(phone)
      await button(page).click()
      const stored = await storedLeads(db, phone)
      gate.set('shut')
      await says(page, words.obstacles.unreachable)
      gate.set('open')
      await heading(page, words.thanks.title).waitFor()
      expect(new Set(sent).size).toBe(1)
      expect(await storedLeads(db, phone)).toEqual(stored)
      expect(stored).toHaveLength(1)
    } finally {
      gate.close()
    }
  })

  test('when the API had nowhere to keep it', async () => {
    const phone = newPhone()
    const { page } = await chromium.visit(line.origin)
    setStores('shut')
    expect((await send(page, phone)).status()).toBe(503)
    await says(page, words.obstacles.unavailable)
    expect(await field(page).inputValue()).toBe(formatPhone(phone))
    setStores('open')
    await heading(page, words.thanks.title).waitFor()
    expect(await storedLeads(db, phone)).toHaveLength(1)
  })

  test('when the visitor was offline', async () => {
    const phone = newPhone()
    const { page } = await chromium.visit(line.origin)
    await page.context().setOffline(true)
    await field(page).fill(phone)
    await button(page).click()
    await says(page, words.obstacles.offline)
    expect(await field(page).inputValue()).toBe(formatPhone(phone))
    await page.context().setOffline(false)
    await heading(page, words.thanks.title).waitFor()
    expect(await storedLeads(db, phone)).toHaveLength(1)
  })
})

describe('the page asks only its own origin, without a complaint', () => {
  const looks = [390, 1440].flatMap((width) =>
    (['light', 'dark'] as const).map((scheme) => [width, scheme] as const),
  )
  test.each(looks)('%p pixels wide, %s', async (width, colorScheme) => {
    const { page, foreign, complaints } = await chromium.visit(line.origin, {
      viewport: { width, height: 900 },
      colorScheme,
    })
    for (const picture of await page.locator('img').all()) {
      await picture.scrollIntoViewIfNeeded()
      await picture.evaluate((image: HTMLImageElement) => image.decode())
    }
    for (const question of await page.locator('summary').all()) await question.click()
    const overhang = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    expect(overhang).toBeLessThanOrEqual(0)
    await send(page, newPhone())
    await heading(page, words.thanks.title).waitFor()
    expect(foreign).toEqual([])
    expect(complaints).toEqual([])
  })
})
