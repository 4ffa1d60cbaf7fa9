import { afterEach, describe, expect, test } from 'bun:test'
import { sql } from 'kysely'
import type { Page } from 'playwright-core'
import { formatPhone } from '../../../frontend/landing/form/phone-field.ts'
import { byPublicName, openChromium, startOwnLine, storedLeads } from '../stage/browser.ts'
import { formWords } from '../stage/campaign/shown.ts'
import { newPhone } from '../stage/leads.ts'
import { gateTo } from '../stage/tcp-gate.ts'
import {
  button,
  field,
  onDevice,
  overhang,
  says,
  send,
  submissionsOf,
  thanked,
  whileFrozen,
} from './lead-form.ts'

const words = formWords.en
const { line, db, setStores } = await startOwnLine({ redisNumber: 10 })
const chromium = await openChromium()

afterEach(() => setStores('open'))

const { onDevice: kept, inPage: keptInPage } = words.kept

async function submit(page: Page, phone: string): Promise<void> {
  await field(page).fill(phone)
  await button(page).click()
}

async function newTab(page: Page, url = line.origin): Promise<Page> {
  const tab = await page.context().newPage()
  await tab.goto(url)
  return tab
}

/** A visitor without a network, who has submitted a number and been told the truth. */
async function submittedOffline() {
  const phone = newPhone()
  const { page } = await chromium.visit(line.origin)
  const sent = submissionsOf(page.context())
  await page.context().setOffline(true)
  await submit(page, phone)
  await says(page, words.obstacles.offline)
  await says(page, kept.offline)
  return { page, phone, sent }
}

/** A visitor who was told 503 and the truth. */
async function submittedWithoutStores() {
  const phone = newPhone()
  const { page } = await chromium.visit(line.origin)
  const sent = submissionsOf(page.context())
  setStores('shut')
  expect((await send(page, phone)).status()).toBe(503)
  await says(page, words.obstacles.unavailable)
  await says(page, kept.soon)
  return { page, phone, sent }
}

async function expectOneLead(phone: string): Promise<void> {
  expect(await storedLeads(db, phone)).toHaveLength(1)
}

describe('a number that did not get through becomes exactly one lead', () => {
  test('after a reload, once the device is back online', async () => {
    const { page, phone, sent } = await submittedOffline()
    // Without a network there is no page, either.
    await page.goto('about:blank')
    await page.context().setOffline(false)
    await page.goto(line.origin)
    await thanked(page)
    await expectOneLead(phone)
    expect(new Set(sent).size).toBe(1)
  })

  test('when the server was killed while it was asked, and the page was closed meanwhile', async () => {
    const phone = newPhone()
    const { page } = await chromium.visit(line.origin)
    const sent = submissionsOf(page.context())
    await field(page).fill(phone)
    await whileFrozen(line.api, async () => {
      await button(page).click()
      await button(page).getByText(words.sending).waitFor()
      await line.api.kill('SIGKILL')
    })
    await says(page, words.obstacles.unreachable)
    await says(page, kept.soon)
    const next = await page.context().newPage()
    await page.close()
    await line.api.start()
    await next.goto(line.origin)
    await thanked(next)
    await expectOneLead(phone)
    expect(new Set(sent).size).toBe(1)
  })

  test('when its answer was lost and the page was reloaded', async () => {
    const phone = newPhone()
    const gate = await gateTo(line.origin)
    try {
      const origin = gate.url
      const { page } = await chromium.visit(origin)
      const sent = submissionsOf(page.context())
      gate.set('mute')
      await submit(page, phone)
      const stored = await storedLeads(db, phone)
      gate.set('shut')
      gate.set('open')
      await page.goto(origin)
      await thanked(page)
      expect(await storedLeads(db, phone)).toEqual(stored)
      expect(stored).toHaveLength(1)
      expect(new Set(sent).size).toBe(1)
    } finally {
      gate.close()
    }
  })

  test('when the visitor went to another page and came back', async () => {
    const { page, phone } = await submittedWithoutStores()
    await page.goto(`${line.origin}/robots.txt`)
    setStores('open')
    await page.goBack()
    await thanked(page)
    await expectOneLead(phone)
  })

  test('in its corrected form only', async () => {
    const { page, phone, sent } = await submittedOffline()
    const corrected = newPhone()
    await submit(page, corrected)
    await says(page, kept.offline)
    await page.context().setOffline(false)
    await thanked(page)
    await expectOneLead(corrected)
    const { rows } = await sql`select 1 from leads where phone = ${phone}`.execute(db)
    expect(rows).toEqual([])
    expect(new Set(sent).size).toBe(2)
  })
})

describe('several tabs', () => {
  test('with one number send it once, and all of them thank for it', async () => {
    const { page, phone, sent } = await submittedWithoutStores()
    const second = await newTab(page)
    await says(second, words.obstacles.unavailable)
    expect(await field(second).inputValue()).toBe(formatPhone(phone))
    setStores('open')
    await Promise.all([thanked(page), thanked(second)])
    await expectOneLead(phone)
    expect(new Set(sent).size).toBe(1)
  })

  test.each([
    ['over HTTPS or on this machine', line.origin],
    ['over plain HTTP, where browsers have no locks', byPublicName(line.origin)],
  ])('that submit the same number at once make one request of it, %s', async (_where, origin) => {
    const phone = newPhone()
    const { page } = await chromium.visit(origin)
    const second = await newTab(page, origin)
    const sent = submissionsOf(page.context())
    await whileFrozen(line.api, async () => {
      for (const tab of [page, second]) {
        await submit(tab, phone)
        await button(tab).getByText(words.sending).waitFor()
      }
    })
    await Promise.all([thanked(page), thanked(second)])
    await expectOneLead(phone)
    expect(sent).toHaveLength(1)
  })
})

describe('what stays on the device', () => {
  test('is the number until the API has answered, then which number is called, and nothing of it after', async () => {
    const { page, phone } = await submittedWithoutStores()
    expect(await onDevice(page)).toContain(phone)
    setStores('open')
    await thanked(page)
    expect(
      await page.evaluate(
        (phone) =>
          Object.entries({ ...localStorage, ...sessionStorage }).flatMap(([name, text]) =>
            text.includes(phone) ? [name] : [],
          ),
        phone,
      ),
    ).toEqual(['landfast.told'])
    await page.getByRole('button', { name: words.thanks.restart }).click()
    const left = await onDevice(page)
    expect(left).not.toContain(phone)
    expect(left).not.toContain(formatPhone(phone))
  })

  test('is a half-typed number while the tab lives, which is never sent', async () => {
    const { page } = await chromium.visit(line.origin)
    const sent = submissionsOf(page.context())
    await field(page).pressSequentially('07700900')
    await page.reload()
    await button(page).waitFor()
    await page.waitForFunction(() => document.querySelector<HTMLInputElement>('#phone')?.value)
    expect(await field(page).inputValue()).toBe('07700 900')
    const second = await newTab(page)
    expect(await field(second).inputValue()).toBe('')
    expect(sent).toEqual([])
  })

  test('is a number for a week, and then the visitor is told and may send it again', async () => {
    const { page, phone, sent } = await submittedWithoutStores()
    await page.goto(`${line.origin}/robots.txt`)
    await page.evaluate(() => {
      for (const [name, text] of Object.entries({ ...localStorage })) {
        const entry = JSON.parse(text)
        if ('keptAtMs' in entry)
          localStorage.setItem(name, JSON.stringify({ ...entry, keptAtMs: entry.keptAtMs - 8 * 86_400_000 }))
      }
    })
    setStores('open')
    const before = sent.length
    await page.goto(line.origin)
    await says(page, words.obstacles.expired)
    expect(await onDevice(page)).not.toContain(`"phone":"${phone}"`)
    expect(sent).toHaveLength(before)
    await button(page).click()
    await thanked(page)
    await expectOneLead(phone)
  })
})

test('a browser that keeps nothing is asked to keep the page open, and sends it from there', async () => {
  const phone = newPhone()
  const { page } = await chromium.visit(line.origin)
  await page.addInitScript(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException('The quota has been exceeded.', 'QuotaExceededError')
    }
  })
  await page.reload()
  await page.context().setOffline(true)
  await submit(page, phone)
  await says(page, keptInPage.offline)
  await page.context().setOffline(false)
  await thanked(page)
  await expectOneLead(phone)
})

test('the longest message fits a narrow screen', async () => {
  const { page } = await submittedOffline()
  await page.setViewportSize({ width: 320, height: 640 })
  expect(await overhang(page)).toBeLessThanOrEqual(0)
})
