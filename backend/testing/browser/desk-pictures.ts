import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium, type Page } from 'playwright-core'

const usage = `
Usage: CHROMIUM_PATH=… bun backend/testing/browser/desk-pictures.ts LINK DIR

Takes pictures of every screen of the desk into DIR: English and Persian, light and dark, on a desktop and on a phone. LINK is
a new one of \`bun run admin:invite\`, of an installation that \`bun run demo:seed\` has filled.`

type Look = Readonly<{ language: 'en' | 'fa'; theme: 'light' | 'dark'; width: number }>

const heights: Readonly<Record<number, number>> = { 390: 844, 1440: 900 }
const allLooks: readonly Look[] = (['en', 'fa'] as const).flatMap((language) =>
  (['light', 'dark'] as const).flatMap((theme) =>
    Object.keys(heights).map((width) => ({ language, theme, width: Number(width) })),
  ),
)

const settled = async (page: Page) => {
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.waitForLoadState('networkidle')
}

/** Every screen in every look, as `screen-language-theme-width.png`, and a lead that is open beside the list. */
export async function takePictures(page: Page, out: string, looks = allLooks): Promise<void> {
  await mkdir(out, { recursive: true })
  const { origin } = new URL(page.url())
  const links = page.getByRole('navigation').first().locator('a')
  const all = await links.evaluateAll((found) => found.map((each) => (each as HTMLAnchorElement).pathname))
  for (const { language, theme, width } of looks) {
    await page.setViewportSize({ width, height: heights[width]! })
    await page.evaluate(
      ([name, colours]) => {
        localStorage.setItem('desk.language', name)
        localStorage.setItem('desk.theme', colours)
      },
      [language, theme] as const,
    )
    const shoot = (name: string) =>
      page.screenshot({ path: join(out, `${name}-${language}-${theme}-${width}.png`) })
    for (const path of [...all, '/admin/experiments?key=hero']) {
      await page.goto(origin + path)
      await settled(page)
      await shoot(path.replace(/^\/admin\/?/, '').replace(/[^a-z]+/g, '-'))
    }
    await page.goto(`${origin}/admin/leads`)
    await page.locator('tbody tr').nth(1).click()
    await page.getByRole('complementary').getByRole('heading').first().waitFor()
    await settled(page)
    await shoot('lead')
  }
}

if (import.meta.main) {
  const [link, out] = process.argv.slice(2)
  const { CHROMIUM_PATH: executablePath } = process.env
  if (!link || !out || !executablePath) {
    console.error(usage.trim())
    process.exit(1)
  }
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
  const page = await browser.newPage({ locale: 'en-GB', reducedMotion: 'reduce' })
  await page.goto(link)
  await page.getByLabel('Name').fill('Mina')
  await page.getByLabel('E-mail').fill('mina@example.com')
  await page.getByLabel('Password').fill('a desk to be looked at')
  await page.getByRole('button', { name: 'Make my account' }).click()
  await page.getByRole('navigation').waitFor()
  await takePictures(page, out)
  await browser.close()
}
