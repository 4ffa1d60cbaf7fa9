import { describe, expect, test } from 'bun:test'
import { sql } from 'kysely'
import type { Page } from 'playwright-core'
import { openChromium, startOwnLine, storedLeads } from '../stage/browser.ts'
import { consentVersion, formWords } from '../stage/campaign/shown.ts'
import { newPhone } from '../stage/leads.ts'
import { button, field, says, thanked } from './lead-form.ts'

const { line, db } = await startOwnLine({ redisNumber: 14 })
const chromium = await openChromium()
const words = formWords.en

/** Writes into the field as autofills and in-app browsers do, and tells the page by these events, or by none. */
const fillSilently = (page: Page, phone: string, events: readonly string[] = []) =>
  field(page).evaluate(
    (input: HTMLInputElement, [phone, events]) => {
      input.value = phone
      for (const type of events) input.dispatchEvent(new Event(type, { bubbles: true }))
    },
    [phone, events] as const,
  )

const tick = (page: Page, isTicked: boolean) =>
  page.locator('#consent').evaluate((box: HTMLInputElement, isTicked) => {
    box.checked = isTicked
  }, isTicked)

async function expectLead(page: Page, phone: string) {
  await thanked(page)
  expect(await storedLeads(db, phone)).toHaveLength(1)
}

const filled = { 'no event': [], 'change alone': ['change'], 'input and change': ['input', 'change'] }

describe('what stands in the field is what is sent, when it was filled in', () => {
  test.each(Object.keys(filled) as (keyof typeof filled)[])('with %s', async (how) => {
    const phone = newPhone()
    const { page } = await chromium.visit(line.origin)
    await fillSilently(page, phone, filled[how])
    await button(page).click()
    await expectLead(page, phone)
  })

  test('over what was typed', async () => {
    const [typed, phone] = [newPhone(), newPhone()]
    const { page } = await chromium.visit(line.origin)
    await field(page).fill(typed)
    await fillSilently(page, phone)
    await button(page).click()
    await expectLead(page, phone)
  })

  test('after a complaint, which is gone then', async () => {
    const phone = newPhone()
    const { page } = await chromium.visit(line.origin)
    await button(page).click()
    await says(page, words.problems.required)
    await fillSilently(page, phone)
    await button(page).click()
    await expectLead(page, phone)
  })

  test('before the script had arrived', async () => {
    const phone = newPhone()
    const { page } = await chromium.visit('about:blank', { allowedOrigins: [line.origin] })
    await page.addInitScript((phone) => {
      addEventListener(
        'readystatechange',
        () => {
          const input = document.querySelector<HTMLInputElement>('#phone')
          if (input && !input.value) input.value = phone
        },
        true,
      )
    }, phone)
    await page.goto(line.origin)
    await button(page).click()
    await expectLead(page, phone)
  })

  test('while a number before it was still kept on the device', async () => {
    const [first, phone] = [newPhone(), newPhone()]
    const { page } = await chromium.visit(line.origin)
    await page.context().setOffline(true)
    await field(page).fill(first)
    await button(page).click()
    await says(page, words.obstacles.offline)
    await fillSilently(page, phone)
    await button(page).click()
    await page.waitForFunction((phone) => JSON.stringify({ ...localStorage }).includes(phone), phone)
    await page.context().setOffline(false)
    await expectLead(page, phone)
    const { rows } = await sql`select 1 from leads where phone = ${first}`.execute(db)
    expect(rows).toEqual([])
  })

  test('by the browser, which came back to the page', async () => {
    const phone = newPhone()
    const { page } = await chromium.visit(line.origin)
    await fillSilently(page, phone)
    await page.goto(`${line.origin}/robots.txt`)
    await page.goBack()
    await page.waitForFunction(() => document.forms[0]?.noValidate)
    if ((await field(page).inputValue()) === '') await fillSilently(page, phone)
    await button(page).click()
    await expectLead(page, phone)
  })

  test('and sent by the program itself', async () => {
    const phone = newPhone()
    const { page } = await chromium.visit(line.origin)
    await fillSilently(page, phone)
    await page.evaluate(() => document.forms[0]!.requestSubmit())
    await expectLead(page, phone)
  })
})

test('an autofill never wipes or is wiped: an empty field is asked about, and a filled one stays as it is', async () => {
  const { page } = await chromium.visit(line.origin)
  await field(page).fill(newPhone())
  await fillSilently(page, '')
  await button(page).click()
  await says(page, words.problems.required)
  await fillSilently(page, '0770')
  await button(page).click()
  await says(page, words.problems.invalid_phone)
  expect(await field(page).inputValue()).toBe('0770')
})

test('the same holds for the consent, given or taken back', async () => {
  const phone = newPhone()
  const { page } = await chromium.visit(`${line.origin}/?variant=consent_checkbox.on`)
  await field(page).fill(phone)
  await page.getByLabel(words.consent).check()
  await tick(page, false)
  await button(page).click()
  await says(page, words.problems.consent_required)
  await tick(page, true)
  await button(page).click()
  await expectLead(page, phone)
  const { rows } = await sql<{ consent: string }>`select consent from leads where phone = ${phone}`.execute(
    db,
  )
  expect(rows).toEqual([{ consent: consentVersion }])
})
