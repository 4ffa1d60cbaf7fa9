import { afterEach, describe, expect, test } from 'bun:test'
import { sql } from 'kysely'
import type { Page } from 'playwright-core'
import { formatPhone } from '../../../frontend/landing/form/phone-field.ts'
import { onceThere, openChromium, startOwnLine, storedLeads } from '../stage/browser.ts'
import { formWords, shown } from '../stage/campaign/shown.ts'
import { newPhone } from '../stage/leads.ts'
import { gateTo } from '../stage/tcp-gate.ts'
import { button, field, focused, onDevice, says, send, submissionsOf, thanked } from './lead-form.ts'

const { line, db, setStores } = await startOwnLine({ redisNumber: 9 })
const chromium = await openChromium()
const words = formWords.en

afterEach(() => setStores('open'))

const change = (page: Page) => page.getByRole('button', { name: words.change })
const calls = (page: Page, phone: string) => says(page, words.calling.replace('{number}', formatPhone(phone)))

/** A visitor who has been thanked, and whose lead is stored. */
async function thankedVisitor(url = line.origin) {
  const phone = newPhone()
  const { page } = await chromium.visit(url)
  await send(page, phone)
  await thanked(page)
  await storedLeads(db, phone)
  return { page, phone, sent: submissionsOf(page) }
}

/** What is to be rung of these phones, and which were corrected. */
async function leadsOf(phones: readonly string[]) {
  const { rows } = await sql<{ phone: string; state: string; by: string | null }>`
    select one.phone, one.state, other.phone as by from leads as one left join leads as other on other.id = one.corrected_by
    where one.phone = any(${[...phones]}::text[])`.execute(db)
  return {
    toRing: rows.filter(({ by, state }) => by === null && state !== 'corrected').map(({ phone }) => phone),
    corrected: rows.filter(({ state }) => state === 'corrected').map(({ phone, by }) => [phone, by]),
  }
}

const corrected = (first: string, second: string) =>
  onceThere('the correction', async () => {
    const found = await leadsOf([first, second])
    return found.corrected.length > 0 && found.corrected[0]![1] !== null ? found : undefined
  })

/** Lets days pass for what is kept on the device. */
const pass = (page: Page, days: number) =>
  page.evaluate((days) => {
    const told = JSON.parse(localStorage.getItem('landfast.told')!)
    localStorage.setItem('landfast.told', JSON.stringify({ ...told, atMs: told.atMs - days * 86_400_000 }))
  }, days)

describe('who was thanked sees which number is called', () => {
  test('at once, after a reload, and a day later on the same device', async () => {
    const { page, phone, sent } = await thankedVisitor()
    await calls(page, phone)
    const mark = await page.locator('[data-answered] svg circle').boundingBox()
    expect(mark?.width).toBeGreaterThan(20)
    await page.reload()
    await calls(page, phone)
    await pass(page, 1)
    const later = await page.context().newPage()
    await later.goto(`${line.origin}/en?utm_source=newsletter`)
    await thanked(later)
    await calls(later, phone)
    expect(await focused(later)).toBe('BODY')
    expect(sent).toEqual([])
  })

  test('for three days, and then nothing of it is on the device', async () => {
    const { page, phone } = await thankedVisitor()
    await pass(page, 3.1)
    await page.reload()
    await field(page).waitFor()
    expect(await field(page).inputValue()).toBe('')
    expect(await onDevice(page)).not.toContain(phone)
  })

  test('where we had it before, too', async () => {
    const { phone } = await thankedVisitor()
    const { page } = await chromium.visit(line.origin)
    expect((await send(page, phone)).status()).toBe(200)
    await calls(page, phone)
    await page.reload()
    await calls(page, phone)
  })
})

describe('a number that is changed takes the place of the first, which is never rung', () => {
  test('right after the thanks', async () => {
    const { page, phone } = await thankedVisitor()
    await change(page).click()
    expect(await field(page).inputValue()).toBe(formatPhone(phone))
    expect(await focused(page)).toBe('phone')
    const second = newPhone()
    expect((await send(page, second)).status()).toBe(202)
    await calls(page, second)
    await storedLeads(db, second)
    expect(await corrected(phone, second)).toEqual({ toRing: [second], corrected: [[phone, second]] })
  })

  test('a day later, by the next page', async () => {
    const { page, phone } = await thankedVisitor()
    await pass(page, 1)
    await page.reload()
    await change(page).click()
    const second = newPhone()
    await send(page, second)
    await calls(page, second)
    expect(await corrected(phone, second)).toEqual({ toRing: [second], corrected: [[phone, second]] })
  })

  test('and the page was reloaded while it was being typed', async () => {
    const { page, phone } = await thankedVisitor()
    const second = newPhone()
    await change(page).click()
    await field(page).fill(second)
    await page.reload()
    await field(page).waitFor()
    await button(page).click()
    await calls(page, second)
    expect(await corrected(phone, second)).toEqual({ toRing: [second], corrected: [[phone, second]] })
  })

  test('and it took several attempts, over a reload', async () => {
    const { page, phone } = await thankedVisitor()
    const second = newPhone()
    await change(page).click()
    setStores('shut')
    expect((await send(page, second)).status()).toBe(503)
    await says(page, words.obstacles.unavailable)
    setStores('open')
    await page.reload()
    await calls(page, second)
    expect(await corrected(phone, second)).toEqual({ toRing: [second], corrected: [[phone, second]] })
  })

  test('and the answer to the first had been lost', async () => {
    const [first, second] = [newPhone(), newPhone()]
    const gate = await gateTo(line.origin)
    try {
      const { page } = await chromium.visit(gate.url)
      gate.set('mute')
      await field(page).fill(first)
      await button(page).click()
      await storedLeads(db, first)
      gate.set('shut')
      await says(page, words.obstacles.unreachable)
      await field(page).fill(second)
      gate.set('open')
      await button(page).click()
      await calls(page, second)
      expect(await corrected(first, second)).toEqual({ toRing: [second], corrected: [[first, second]] })
    } finally {
      gate.close()
    }
  })

  test('also in a browser that keeps nothing', async () => {
    const [first, second] = [newPhone(), newPhone()]
    const { page } = await chromium.visit('about:blank', { allowedOrigins: [line.origin] })
    await page.addInitScript(() => {
      Storage.prototype.setItem = () => {
        throw new DOMException('full', 'QuotaExceededError')
      }
    })
    await page.goto(line.origin)
    await send(page, first)
    await calls(page, first)
    await storedLeads(db, first)
    await change(page).click()
    await send(page, second)
    await calls(page, second)
    expect(await corrected(first, second)).toEqual({ toRing: [second], corrected: [[first, second]] })
  })
})

test('who looks at the number and leaves it as it is sends nothing, and is thanked', async () => {
  const { page, phone, sent } = await thankedVisitor()
  await change(page).click()
  await button(page).click()
  await calls(page, phone)
  expect(sent).toEqual([])
})

test('somebody else on the same device can send their number beside it', async () => {
  const { page, phone } = await thankedVisitor()
  await page.reload()
  await page.getByRole('button', { name: words.thanks.restart }).click()
  expect(await field(page).inputValue()).toBe('')
  const second = newPhone()
  await send(page, second)
  await calls(page, second)
  await storedLeads(db, second)
  expect((await leadsOf([phone, second])).toRing.toSorted()).toEqual([phone, second].toSorted())
})

test('the number of the firm can be tapped wherever an answer names it', async () => {
  const href = `tel:${shown.en.campaign.firm.phone.dialled}`
  const { page } = await thankedVisitor()
  expect(await page.locator(`[data-answered] a[href="${href}"]`).count()).toBe(1)
  const { page: other } = await chromium.visit(line.origin)
  await other.route('**/api/leads', (route) =>
    route.fulfill({ status: 403, json: { error: { code: 'origin_not_allowed' } } }),
  )
  await send(other, newPhone())
  await says(other, words.obstacles.rejected)
  expect(await other.locator(`[role=status] a[href="${href}"]`).count()).toBe(1)
})
