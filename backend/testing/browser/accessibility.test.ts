import { describe, expect, test } from 'bun:test'
import type { Page } from 'playwright-core'
import { openChromium, startOwnLine } from '../stage/browser.ts'
import { formWords, languages, shown, variants } from '../stage/campaign/shown.ts'
import { barriersOn } from './axe.ts'
import { answersOf, button, field, heading, overhang, says, thanked } from './lead-form.ts'

const { line } = await startOwnLine({ redisNumber: 4 })
const chromium = await openChromium()

const form = '#estimate'
const phone = '+447700900123'
const otherPhone = '+447700900124'

const pages = languages.flatMap((language) => variants.map((variant) => [language, variant] as const))
const looks = [360, 1280].flatMap((width) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme })),
)

/** Half of them, so that two variants have each state of the form in all of them. */
const looksIn = (variant: (typeof variants)[number]) =>
  looks.filter(
    ({ width, colorScheme }) =>
      ((variants.indexOf(variant) % 2 === 0) === (width === 360)) === (colorScheme === 'light'),
  )

const narrowWidths = [280, 360]

/** Where the page reaches beyond a phone with letters twice as large, as people set them in their browser. */
async function overhangsOfLargeLetters(page: Page): Promise<string[]> {
  const found: string[] = []
  const devTools = await page.context().newCDPSession(page)
  const setLetters = (standard: number) => devTools.send('Page.setFontSizes', { fontSizes: { standard } })
  await setLetters(32)
  for (const width of narrowWidths) {
    await page.setViewportSize({ width, height: 800 })
    const beyond = await overhang(page)
    if (beyond > 0) found.push(`${width} with letters twice as large: ${beyond} pixels beyond the screen`)
  }
  await setLetters(16)
  await devTools.detach()
  return found
}

/** What is in the way on a phone and on a desk, by day and by night; looked at closely in some of these looks. */
async function barriersInEveryLook(page: Page, within?: string, closely = looks): Promise<string[]> {
  const found = await overhangsOfLargeLetters(page)
  for (const look of looks) {
    const { width, colorScheme } = look
    await page.setViewportSize({ width, height: 800 })
    await page.emulateMedia({ colorScheme })
    if (closely.includes(look))
      for (const barrier of await barriersOn(page, within)) found.push(`${width} ${colorScheme}: ${barrier}`)
    const beyond = await overhang(page)
    if (beyond > 0) found.push(`${width} ${colorScheme}: ${beyond} pixels beyond the screen`)
  }
  return found
}

// Fades and turns would be looked at half way.
const visit = (path: string) => chromium.visit(line.origin + path, { reducedMotion: 'reduce' })

describe('nothing keeps anybody from using the page', () => {
  test.each(pages)('in %s with hero %s, whatever becomes of the form', async (language, variant) => {
    const words = shown[language].words.formIn(variant)
    const { page } = await visit(`/${language}?variant=hero.${variant}`)
    const answers = await answersOf(page)
    const submit = () => button(page).click()
    const fill = (text: string) => field(page, words).fill(text)
    const barriersOfForm = () => barriersInEveryLook(page, form, looksIn(variant))
    expect(await page.evaluate(() => document.documentElement.dataset.page)).toBe(`hero.${variant}`)

    await page.evaluate(() => {
      for (const question of document.querySelectorAll('details')) question.open = true
      const notice = document.querySelector<HTMLElement>('header [hidden]')!
      notice.hidden = false
      notice.textContent = 'Closed on 25 December'
    })
    expect(await barriersInEveryLook(page)).toEqual([])

    await submit()
    await says(page, words.problems.required)
    expect(await barriersOfForm()).toEqual([])

    await answers.are('late')
    await fill(phone)
    await submit()
    await button(page).getByText(words.sending).waitFor()
    expect(await barriersOfForm()).toEqual([])

    await answers.are('unavailable')
    await says(page, words.obstacles.unavailable)
    expect(await barriersOfForm()).toEqual([])

    await answers.are('rejected')
    await submit()
    await says(page, words.obstacles.rejected)
    expect(await barriersOfForm()).toEqual([])

    await answers.are('accepted')
    await fill(otherPhone)
    await submit()
    await thanked(page, words)
    expect(await barriersOfForm()).toEqual([])

    await answers.are('duplicate')
    await page.getByRole('button', { name: words.thanks.restart }).click()
    await fill(phone)
    await submit()
    await heading(page, words.duplicate.title).waitFor()
    expect(await barriersOfForm()).toEqual([])
  })

  test.each([...languages])('in %s, where the form asks for consent', async (language) => {
    const words = formWords[language]
    const { page } = await visit(`/${language}?variant=hero.a-consent_checkbox.on`)
    expect(await barriersInEveryLook(page, form)).toEqual([])
    await field(page, words).fill(phone)
    await button(page).click()
    await says(page, words.problems.consent_required)
    expect(await barriersInEveryLook(page, form)).toEqual([])
  })

  test.each([...languages])('in %s, where the film cannot be loaded', async (language) => {
    const { playFilm, filmMissing } = shown[language].words.page
    const { page } = await visit(`/${language}`)
    // It was there when the page was made, and is gone now.
    await page.locator('[data-absent]').evaluate((place) => place.removeAttribute('data-absent'))
    await page.getByRole('button', { name: playFilm }).click()
    await says(page, filmMissing)
    expect(await barriersInEveryLook(page, '#steps')).toEqual([])
  })
})
