import { describe, expect, test } from 'bun:test'
import type { Page } from 'playwright-core'
import { openChromium, startOwnLine, storedLeads } from '../stage/browser.ts'
import { consentVersion, formWords } from '../stage/campaign/shown.ts'
import { newPhone } from '../stage/leads.ts'
import { button, field, focused, overhang, says, send, submissionsOf, thanked } from './lead-form.ts'

const { line, db } = await startOwnLine({ redisNumber: 11 })
const chromium = await openChromium()

const languages = ['en', 'fa'] as const
const words = formWords.en
const caretOf = (page: Page) => field(page).evaluate((input: HTMLInputElement) => input.selectionStart)

describe('the field', () => {
  test('writes the number in groups while it is typed, in the digits it is typed in', async () => {
    const { page } = await chromium.visit(line.origin)
    await field(page).pressSequentially('00447700900123')
    expect(await field(page).inputValue()).toBe('+44 7700 900 123')
    await field(page).fill('')
    await field(page).pressSequentially('۰۹۱۲۳۴۵۶۷۸۹')
    expect(await field(page).inputValue()).toBe('۰۹۱۲ ۳۴۵ ۶۷۸۹')
  })

  test('keeps the caret where the visitor has it', async () => {
    const { page } = await chromium.visit(line.origin)
    await field(page).pressSequentially('09123456789')
    for (let step = 0; step < 5; step++) await page.keyboard.press('ArrowLeft')
    // Behind the space that was written for them: 0912 345| 6789.
    await page.keyboard.press('Backspace')
    await page.keyboard.press('7')
    expect(await field(page).inputValue()).toBe('0912 347 6789')
    expect(await caretOf(page)).toBe(8)
    await page.keyboard.press('Delete')
    expect(await field(page).inputValue()).toBe('0912 347 789')
    expect(await caretOf(page)).toBe(8)
  })

  test('asks phones for the right keyboard and browsers for the right number', async () => {
    const { page } = await chromium.visit(line.origin)
    for (const [name, value] of [
      ['type', 'tel'],
      ['inputmode', 'tel'],
      ['autocomplete', 'tel'],
    ] as const)
      expect(await field(page).getAttribute(name)).toBe(value)
  })
})

describe.each(languages)('in %s', (language) => {
  const words = formWords[language]
  const url = `${line.origin}/${language}`

  test('the number runs left to right, and nothing is wider than a screen of 320 pixels', async () => {
    const { page, complaints } = await chromium.visit(url, { viewport: { width: 320, height: 640 } })
    expect(await page.locator('html').getAttribute('dir')).toBe(language === 'fa' ? 'rtl' : 'ltr')
    expect(await field(page, words).evaluate((input) => getComputedStyle(input).direction)).toBe('ltr')
    expect(await overhang(page)).toBeLessThanOrEqual(0)
    await button(page).click()
    await page.getByRole('alert').getByText(words.problems.required).waitFor()
    expect(await overhang(page)).toBeLessThanOrEqual(0)
    expect((await send(page, newPhone(), words)).status()).toBe(202)
    await thanked(page, words)
    expect(await overhang(page)).toBeLessThanOrEqual(0)
    expect(complaints).toEqual([])
  })

  test('all of it can be done with the keyboard alone', async () => {
    const phone = newPhone()
    const { page } = await chromium.visit(url)
    await page.keyboard.press('Tab')
    // The first stop leads past everything else.
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    expect(await focused(page)).toBe('phone')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').getByText(words.problems.required).waitFor()
    expect(await focused(page)).toBe('phone')
    await page.keyboard.type(phone)
    await page.keyboard.press('Tab')
    expect(await focused(page)).toBe('BUTTON')
    await page.keyboard.press('Enter')
    await thanked(page, words)
    expect(await focused(page)).toBe('H2')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await field(page, words).waitFor()
    await page.waitForFunction(() => document.activeElement?.id === 'phone')
    expect(await storedLeads(db, phone)).toHaveLength(1)
  })

  test('without JavaScript it ends with thanks in the same language', async () => {
    const phone = newPhone()
    const { page, complaints } = await chromium.visit(url, { javaScriptEnabled: false })
    await field(page, words).fill(phone)
    await button(page).click()
    await page.waitForURL(/#thanks$/)
    expect(await page.locator('#thanks').isVisible()).toBe(true)
    expect(await page.locator('#thanks').textContent()).toContain(words.thanks.title)
    expect(await page.locator('html').getAttribute('lang')).toContain(language)
    expect(await signalsOf(phone)).toMatchObject({ language, suspect: null })
    expect(complaints).toEqual([])
  })
})

type Signals = Readonly<{
  language: string | null
  consent: string | null
  suspect: string[] | null
  variant: string | null
  first: Record<string, string> | null
}>

async function signalsOf(phone: string): Promise<Signals> {
  await storedLeads(db, phone)
  const row = await db.selectFrom('leads').selectAll().where('phone', '=', phone).executeTakeFirstOrThrow()
  const { language, consent, suspect, variant, attribution } = row as unknown as Signals & {
    attribution: { first?: Record<string, string> } | null
  }
  return { language, consent, suspect, variant, first: attribution?.first ?? null }
}

describe('what travels with the number', () => {
  test('is the variant that was seen, the language and the campaign of the first visit', async () => {
    const phone = newPhone()
    const { page } = await chromium.visit(`${line.origin}/fa?utm_source=radio`)
    const variant = await page.locator('html').getAttribute('data-page')
    await page.goto(`${line.origin}/fa?utm_source=search`)
    // People take longer than tests do.
    await page.waitForFunction(() => performance.now() > 1_500)
    await send(page, phone, formWords.fa)
    const signals = await signalsOf(phone)
    expect(signals).toMatchObject({ language: 'fa', variant, first: { utm_source: 'radio' } })
    expect(signals.suspect).toBeNull()
  })

  test('is suspicion, which refuses nobody, when a program filled in what people do not see', async () => {
    const phone = newPhone()
    const { page } = await chromium.visit(line.origin)
    const trap = page.locator('input[name=website]')
    expect(await trap.getAttribute('tabindex')).toBe('-1')
    expect(await trap.getAttribute('autocomplete')).toBe('off')
    expect(await page.getByRole('textbox').count()).toBe(1)
    const box = (await trap.locator('xpath=ancestor::div[1]').boundingBox())!
    expect(box.width * box.height).toBeLessThanOrEqual(1)
    await trap.evaluate((input: HTMLInputElement) => {
      input.value = 'https://spam.example'
    })
    expect((await send(page, phone)).status()).toBe(202)
    await thanked(page)
    expect((await signalsOf(phone)).suspect).toContain('honeypot')
  })

  test('is the version of the consent that was given, where it is asked for', async () => {
    const phone = newPhone()
    const { page } = await chromium.visit(`${line.origin}/?variant=consent_checkbox.on`)
    const sent = submissionsOf(page)
    await field(page).fill(phone)
    await button(page).click()
    await says(page, words.problems.consent_required)
    expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('consent')
    expect(sent).toEqual([])
    await page.getByLabel(words.consent).check()
    await button(page).click()
    await thanked(page)
    expect((await signalsOf(phone)).consent).toBe(consentVersion)
  })

  test('is the consent without JavaScript, too, which the browser itself asks for', async () => {
    const phone = newPhone()
    const { page } = await chromium.visit(`${line.origin}/?variant=consent_checkbox.on`, {
      javaScriptEnabled: false,
    })
    const sent = submissionsOf(page)
    await field(page).fill(phone)
    await button(page).click()
    await page.getByLabel(words.consent).check()
    expect(sent).toEqual([])
    await button(page).click()
    await page.waitForURL(/#thanks$/)
    expect((await signalsOf(phone)).consent).toBe(consentVersion)
  })
})

test('the answer stands after the visitor has been elsewhere, and nothing is sent again', async () => {
  const { page } = await chromium.visit(line.origin)
  const sent = submissionsOf(page)
  await send(page, newPhone())
  await thanked(page)
  await page.goto(`${line.origin}/robots.txt`)
  await page.goBack()
  await thanked(page)
  await page.reload()
  await thanked(page)
  expect(await field(page).isVisible()).toBe(false)
  expect(sent).toHaveLength(1)
})
