import { type CDPSession, chromium, type Page } from 'playwright-core'

const usage = `
Usage: CHROMIUM_PATH=… bun backend/testing/browser/desk-speed.ts LINK

How soon each screen of the desk is there on a slow phone, chosen on the one before and opened anew. LINK is a new one of
\`bun run admin:invite\`, of an installation that \`bun run demo:seed\` has filled.`

const slowPhone = {
  ...{ offline: false, latency: 150 },
  ...{ downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 },
}
const cpuSlower = 4
const rounds = 2
const lookedAtMs = 4_000

/** Until its heading is there and nothing in it is still asked for. */
async function isThere(page: Page, heading: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor()
  await page.getByRole('main').getByText('One moment …').first().waitFor({ state: 'hidden' })
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAtMs = performance.now()
  await work()
  return Math.round(performance.now() - startedAtMs)
}

/** The slower of each screen's times, in milliseconds. */
export async function measureScreens(page: Page, cdp: CDPSession): Promise<void> {
  await cdp.send('Network.enable')
  await cdp.send('Network.emulateNetworkConditions', slowPhone)
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: cpuSlower })
  const links = page.getByRole('navigation').first().locator('a')
  const names = await links.allInnerTexts()
  const { origin } = new URL(page.url())
  for (const [place, name] of names.entries()) {
    const path = await links.nth(place).evaluate((link) => (link as HTMLAnchorElement).pathname)
    const chosen: number[] = []
    const opened: number[] = []
    for (let round = 0; round < rounds; round++) {
      await cdp.send('Network.clearBrowserCache')
      opened.push(
        await timed(async () => {
          await page.goto(origin + path, { waitUntil: 'commit' })
          await isThere(page, name)
        }),
      )
      const [other, otherName] = place === 0 ? [1, names[1]!] : [0, names[0]!]
      await page.goto(origin + (await hrefOf(page, other)), { waitUntil: 'commit' })
      await isThere(page, otherName)
      // As somebody who has looked at it.
      await page.waitForTimeout(lookedAtMs)
      chosen.push(
        await timed(async () => {
          await links.nth(place).click()
          await isThere(page, name)
        }),
      )
    }
    console.log(`${name}: ${Math.max(...chosen)} ms when chosen, ${Math.max(...opened)} ms when opened anew`)
  }
}

const hrefOf = (page: Page, place: number) =>
  page
    .getByRole('navigation')
    .first()
    .locator('a')
    .nth(place)
    .evaluate((link) => (link as HTMLAnchorElement).pathname)

if (import.meta.main) {
  const [link] = process.argv.slice(2)
  const { CHROMIUM_PATH: executablePath } = process.env
  if (!link || !executablePath) {
    console.error(usage.trim())
    process.exit(1)
  }
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
  const page = await browser.newPage({ locale: 'en-GB', viewport: { width: 1_440, height: 900 } })
  await page.goto(link)
  await page.getByLabel('Name').fill('Mina')
  await page.getByLabel('E-mail').fill('mina@example.com')
  await page.getByLabel('Password').fill('a desk to be looked at')
  await page.getByRole('button', { name: 'Make my account' }).click()
  await page.getByRole('navigation').first().waitFor()
  await measureScreens(page, await page.context().newCDPSession(page))
  await browser.close()
}
