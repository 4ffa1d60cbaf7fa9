import { describe, expect, test } from 'bun:test'
import type { Page } from 'playwright-core'
import { openChromium, startOwnLine, storedLeads } from '../stage/browser.ts'
import { formWords, languages } from '../stage/campaign/shown.ts'
import { newPhone } from '../stage/leads.ts'
import { barriersOn } from './axe.ts'
import { answersOf, button, field, focused, says, submissionsOf, thanked } from './lead-form.ts'

const { line, db } = await startOwnLine({ redisNumber: 14, env: { DEFAULT_REGION: 'GB' } })
const chromium = await openChromium()
const words = formWords.en
const newShort = () => `0770${newPhone().slice(-6)}`

type Heard = { heard: string[] }

/** Notes what a screen reader says: what comes into a live region, and of what gets the focus its description. */
const listen = (page: Page) =>
  page.evaluate(() => {
    const here = window as unknown as Heard
    here.heard = []
    const isLive = (node: Node) =>
      (node instanceof Element ? node : node.parentElement)?.closest(
        '[role=alert], [role=status], [aria-live]',
      )
    new MutationObserver((changes) => {
      for (const { addedNodes, target } of changes)
        for (const node of addedNodes) if (isLive(target)) here.heard.push(node.textContent ?? '')
    }).observe(document.body, { childList: true, subtree: true })
    addEventListener('focusin', ({ target }) => {
      const ids = (target as Element).getAttribute('aria-describedby')?.split(' ') ?? []
      here.heard.push(ids.map((id) => document.getElementById(id)?.textContent ?? '').join(' '))
    })
  })

const timesHeard = async (page: Page, text: string) =>
  (await page.evaluate(() => (window as unknown as Heard).heard)).filter((each) => each.includes(text)).length

async function visit(path = '/en'): Promise<Page> {
  const { page } = await chromium.visit(line.origin + path)
  await button(page).waitFor()
  await page.waitForFunction(() => document.querySelector('form')?.noValidate)
  await listen(page)
  return page
}

describe('a problem is announced once', () => {
  test.each(['a tap', 'Enter in the field'])(
    'of the field, after %s, and again to whoever comes back to it',
    async (how) => {
      const page = await visit()
      await field(page).fill('0770')
      if (how === 'a tap') await button(page).click()
      else await field(page).press('Enter')
      await says(page, words.problems.invalid_phone)
      expect(await focused(page)).toBe('phone')
      expect(await timesHeard(page, words.problems.invalid_phone)).toBe(1)
      await button(page).focus()
      expect(await timesHeard(page, words.problems.invalid_phone)).toBe(1)
      await field(page).focus()
      expect(await timesHeard(page, words.problems.invalid_phone)).toBe(2)
    },
  )

  test('of the API', async () => {
    const page = await visit()
    const answers = await answersOf(page)
    await answers.are('refused')
    await field(page).fill(newPhone())
    await button(page).click()
    await says(page, words.problems.invalid_phone)
    expect(await timesHeard(page, words.problems.invalid_phone)).toBe(1)
  })

  test('of the consent', async () => {
    const page = await visit('/en?variant=consent_checkbox.on')
    await field(page).fill('07700900123')
    await button(page).click()
    await says(page, words.problems.consent_required)
    expect(await focused(page)).toBe('consent')
    expect(await timesHeard(page, words.problems.consent_required)).toBe(1)
    await button(page).focus()
    await page.getByRole('checkbox').focus()
    expect(await timesHeard(page, words.problems.consent_required)).toBe(2)
  })

  test('of the way, however often the page tries again by itself', async () => {
    const page = await visit()
    const answers = await answersOf(page)
    const sent = submissionsOf(page)
    await answers.are('unavailable')
    await field(page).fill('07700900123')
    await button(page).click()
    await says(page, words.obstacles.unavailable)
    await page.waitForFunction(() => document.querySelector('#lead-label')?.textContent?.includes('now'))
    while (sent.length < 2) await page.waitForEvent('request')
    await button(page).getByText(words.retry).waitFor()
    expect(await timesHeard(page, words.obstacles.unavailable)).toBe(1)
    expect(await timesHeard(page, words.sending)).toBe(1)
  })
})

describe('a number that may lack a digit', () => {
  const asks = { en: ['have 11 digits', 'this one has 10'], fa: ['۱۱ رقم', '۱۰ رقم'] } as const

  test.each(languages)('is asked about once in %s, and sent by the second tap', async (language) => {
    const page = await visit(`/${language}`)
    const sent = submissionsOf(page)
    await field(page, formWords[language]).fill(newShort())
    await button(page).click()
    for (const part of asks[language]) await says(page, part)
    expect(await timesHeard(page, asks[language][0])).toBe(1)
    expect(await field(page, formWords[language]).getAttribute('aria-invalid')).toBe('false')
    expect(sent).toEqual([])
    expect(await barriersOn(page, '#estimate')).toEqual([])
    await button(page).getByText(formWords[language].sendAnyway).click()
    await thanked(page, formWords[language])
    expect(sent).toHaveLength(1)
  })

  test('is sent as it was typed, and mended instead without being asked again', async () => {
    const phone = `07700${newPhone().slice(-6)}`
    const page = await visit()
    await field(page).fill(phone.slice(0, -1))
    await field(page).press('Enter')
    await says(page, asks.en[0])
    await field(page).press('End')
    await field(page).press(phone.at(-1)!)
    expect(await page.getByText(asks.en[0]).count()).toBe(0)
    await field(page).press('Enter')
    await thanked(page)
    expect(await storedLeads(db, `+44${phone.slice(1)}`)).toHaveLength(1)
  })

  test('is taken without a script, as ever', async () => {
    const { page } = await chromium.visit(`${line.origin}/en`, { javaScriptEnabled: false })
    await field(page).fill('07700 90034')
    await button(page).click()
    await page.waitForURL(/#thanks/)
    expect(await storedLeads(db, '+44770090034')).toHaveLength(1)
  })
})
