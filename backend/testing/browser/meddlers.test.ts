import { describe, expect, test } from 'bun:test'
import type { Page, Route } from 'playwright-core'
import { formatPhone } from '../../../frontend/landing/form/phone-field.ts'
import { openChromium, startOwnLine, storedLeads } from '../stage/browser.ts'
import { formWords } from '../stage/campaign/shown.ts'
import { newPhone } from '../stage/leads.ts'
import { answersOf, button, says } from './lead-form.ts'
import { meddlers } from './meddlers.ts'

const { line, db } = await startOwnLine({ redisNumber: 13 })
const chromium = await openChromium()
const words = formWords.en

// By what no translator changes.
const phoneField = (page: Page) => page.locator('#phone')
const tap = (page: Page) => button(page).click()

/** A page that is meddled with from its first node, or from when it is loaded. */
async function visit(meddle: () => void, from: 'first node' | 'load', path = '/en') {
  const { page, complaints } = await chromium.visit('about:blank', { allowedOrigins: [line.origin] })
  if (from === 'first node') await page.addInitScript(meddle)
  await page.goto(line.origin + path)
  if (from === 'load') {
    await page.evaluate(meddle)
    await page.evaluate(() => {
      document.dispatchEvent(new Event('readystatechange'))
      // Something for whoever waits for changes.
      document.body.append(document.createElement('div'))
    })
  }
  return { page, complaints }
}

describe.each(Object.keys(meddlers) as (keyof typeof meddlers)[])('with %s', (name) => {
  test.each(['first node', 'load'] as const)(
    'from the %s on, the form goes through every state and says so',
    async (from) => {
      const { page, complaints } = await visit(meddlers[name], from, '/en?variant=consent_checkbox.on')
      const answers = await answersOf(page)
      const phone = newPhone()
      await tap(page)
      await says(page, words.problems.required)
      await phoneField(page).fill('0770')
      await tap(page)
      await says(page, words.problems.invalid_phone)
      await phoneField(page).fill(phone)
      await tap(page)
      await says(page, words.problems.consent_required)
      await page.locator('#consent').check()

      await answers.are('refused')
      await tap(page)
      await says(page, words.problems.invalid_phone)
      expect(await phoneField(page).inputValue()).toBe(formatPhone(phone))
      expect(await page.locator('#consent').isChecked()).toBe(true)

      await answers.are('late')
      await tap(page)
      await page.locator('button[aria-disabled=true]').getByText(words.sending).waitFor()
      await answers.are('unavailable')
      await says(page, words.obstacles.unavailable)
      await answers.are('rejected')
      await tap(page)
      await says(page, words.obstacles.rejected)
      await answers.are('real')
      await page.context().setOffline(true)
      await tap(page)
      await says(page, words.obstacles.offline)
      expect(await phoneField(page).inputValue()).toBe(formatPhone(phone))

      await page.context().setOffline(false)
      await says(page, words.thanks.title)
      expect(await storedLeads(db, phone)).toHaveLength(1)
      await page.getByRole('button', { name: words.thanks.restart }).click()
      await answers.are('duplicate')
      await phoneField(page).fill(phone)
      await tap(page)
      await says(page, words.duplicate.title)
      expect(complaints.filter((text) => !/status of (400|403|503)|ERR_INTERNET/.test(text))).toEqual([])
    },
  )
})

test.each(Object.keys(meddlers).slice(0, 4) as (keyof typeof meddlers)[])(
  'what is typed, ticked and focused before the script has arrived is the same after, with %s',
  async (name) => {
    const { page } = await chromium.visit('about:blank', { allowedOrigins: [line.origin] })
    await page.addInitScript(meddlers[name])
    const scripts: Route[] = []
    await page.route('**/*.js', (route) => void scripts.push(route))
    await page.goto(`${line.origin}/en?variant=consent_checkbox.on`, { waitUntil: 'commit' })
    await page.locator('#consent').check()
    await phoneField(page).pressSequentially('07700900')
    await page.keyboard.press('ArrowLeft')
    const hands = () =>
      page.evaluate(() => {
        const field = document.querySelector<HTMLInputElement>('#phone')!
        return {
          isFocused: document.activeElement === field,
          caret: field.selectionStart,
          digits: field.value.replaceAll(' ', ''),
          isTicked: document.querySelector<HTMLInputElement>('#consent')!.checked,
        }
      })
    const before = await hands()
    expect(before).toMatchObject({ isFocused: true, digits: '07700900', isTicked: true })
    for (const script of scripts) await script.continue()
    await page.waitForFunction(() => document.forms[0]!.noValidate)
    expect({ ...(await hands()), caret: before.caret }).toEqual(before)
    await page.keyboard.type('1')
    expect((await hands()).digits).toHaveLength(9)
  },
)

const breakages = {
  'what the script is to say is not there': () => {
    document.addEventListener('readystatechange', () => document.getElementById('island-props')?.remove())
  },
  'what the script is to say is not readable': () => {
    document.addEventListener('readystatechange', () =>
      document.getElementById('page-config')!.replaceChildren('<'),
    )
  },
  'nothing can be written into the page': () => {
    Element.prototype.replaceChildren = () => {
      throw new Error('not here')
    }
  },
  'nothing can be fetched': () => {
    Object.defineProperty(window, 'fetch', { value: undefined })
  },
} as const

test.each(Object.keys(breakages) as (keyof typeof breakages)[])(
  'where %s, the browser posts the form, and the answer is the page’s',
  async (name) => {
    const phone = newPhone()
    const { page } = await visit(breakages[name], 'first node')
    await phoneField(page).fill(phone)
    await tap(page)
    await page.waitForURL(/[?#]/)
    expect(await storedLeads(db, phone)).toHaveLength(1)
    await page.locator('#thanks, #duplicate').filter({ visible: true }).or(thanks(page)).waitFor()
  },
)

const thanks = (page: Page) => page.getByRole('heading', { name: words.thanks.title })
