import { describe, expect, test } from 'bun:test'
import { byPublicName, openChromium, startOwnLine } from '../stage/browser.ts'

const { line } = await startOwnLine({ redisNumber: 7 })
const chromium = await openChromium()

type Document = { paths: Record<string, Record<string, { summary: string }>> }

/** What the API says it can be asked, in the words of its document. */
async function operations(): Promise<string[]> {
  const { paths } = (await (await fetch(`${line.origin}/api/docs/json`)).json()) as Document
  return Object.values(paths).flatMap((path) => Object.values(path).map(({ summary }) => summary))
}

describe.each(['/api/docs', '/api/swagger', '/api/redoc'])('%s', (path) => {
  test('shows every operation and asks nothing of any other origin', async () => {
    const { page, foreign, complaints } = await chromium.visit(byPublicName(line.origin) + path)
    const summaries = await operations()
    expect(summaries).toContain('Submit a phone number')
    for (const summary of summaries)
      await page.getByText(summary, { exact: true }).filter({ visible: true }).first().waitFor()
    await page.waitForLoadState('networkidle')
    expect(foreign).toEqual([])
    expect(complaints).toEqual([])
  })
})

test('Swagger UI asks the API itself, and shows its answer', async () => {
  const { page, foreign, complaints } = await chromium.visit(`${byPublicName(line.origin)}/api/docs`)
  const operation = page.locator('.opblock', { hasText: '/livez' })
  await operation.locator('.opblock-summary').click()
  await operation.getByRole('button', { name: 'Try it out' }).click()
  await operation.getByRole('button', { name: 'Execute' }).click()
  await operation.locator('.live-responses-table .response-col_status', { hasText: '200' }).waitFor()
  expect(foreign).toEqual([])
  expect(complaints).toEqual([])
})

test('ReDoc finds an operation by its words', async () => {
  const { page, foreign, complaints } = await chromium.visit(`${byPublicName(line.origin)}/api/redoc`)
  await page.getByPlaceholder('Search...').fill('phone number')
  await page
    .getByRole('menuitem')
    .filter({ hasText: 'Submit a phone number' })
    .filter({ visible: true })
    .first()
    .waitFor()
  expect(foreign).toEqual([])
  expect(complaints).toEqual([])
})
