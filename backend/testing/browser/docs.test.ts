import { expect, test } from 'bun:test'
import type { Page } from 'playwright-core'
import { byPublicName, onceThere, openChromium, startOwnLine } from '../stage/browser.ts'

const { line } = await startOwnLine({ redisNumber: 7 })
const chromium = await openChromium()

type Document = { paths: Record<string, Record<string, { summary: string }>> }

/** What the API says it can be asked, in the words of its document. */
async function operations(): Promise<string[]> {
  const { paths } = (await (await fetch(`${line.origin}/api/docs/json`)).json()) as Document
  return Object.values(paths).flatMap((path) => Object.values(path).map(({ summary }) => summary))
}

/** What can be read on the page, of each element by itself. */
async function textsOn(page: Page): Promise<ReadonlySet<string>> {
  const texts = await page.evaluate(() =>
    [...document.body.querySelectorAll('*')]
      .filter(
        (each) => each.checkVisibility({ visibilityProperty: true }) && each.getClientRects().length > 0,
      )
      .map((each) =>
        [...each.childNodes].flatMap((node) => (node instanceof Text ? [node.data] : [])).join(''),
      ),
  )
  return new Set(texts.map((text) => text.replace(/\s+/g, ' ').trim()))
}

// What a page does beside showing them. Drawing such a page is most of the work, so each is opened once.
const does: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  '/api/docs asks the API itself, and shows its answer': async (page) => {
    const operation = page.locator('.opblock', { hasText: '/livez' })
    await operation.locator('.opblock-summary').click()
    await operation.getByRole('button', { name: 'Try it out' }).click()
    await operation.getByRole('button', { name: 'Execute' }).click()
    await operation.locator('.live-responses-table .response-col_status', { hasText: '200' }).waitFor()
  },
  '/api/redoc finds an operation by its words': async (page) => {
    await page.getByPlaceholder('Search...').fill('phone number')
    await page
      .getByRole('menuitem')
      .filter({ hasText: 'Submit a phone number' })
      .filter({ visible: true })
      .first()
      .waitFor()
  },
}

test.each(Object.keys(does))(
  '%s, shows every operation and asks nothing of any other origin',
  async (what) => {
    const [path = ''] = what.split(' ')
    const { page, foreign, complaints } = await chromium.visit(byPublicName(line.origin) + path)
    const summaries = await operations()
    expect(summaries).toContain('Submit a phone number')
    // Reading all of a page that is still being drawn holds up its drawing.
    await page.getByText(summaries.at(-1)!, { exact: true }).filter({ visible: true }).first().waitFor()
    let missing = summaries
    await onceThere('every operation', async () => {
      const texts = await textsOn(page)
      missing = summaries.filter((summary) => !texts.has(summary))
      return missing.length === 0 || undefined
    }).catch(() => undefined)
    expect(missing).toEqual([])
    await does[what]!(page)
    await page.waitForLoadState('networkidle')
    expect(foreign).toEqual([])
    expect(complaints).toEqual([])
  },
)

test('/api/swagger is the page of /api/docs', async () => {
  const pageAt = async (path: string) => (await fetch(line.origin + path)).text()
  expect(await pageAt('/api/swagger')).toBe(await pageAt('/api/docs'))
})
