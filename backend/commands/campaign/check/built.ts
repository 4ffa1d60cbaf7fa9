import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { filesIn, measureBuild } from '../../../testing/house/page-budget.ts'
import { openBrowser } from '../draw.ts'
import type { Finding } from './finding.ts'

/** The phones on whose first view field and button have to be. */
const phones = [
  { width: 360, height: 640 },
  { width: 390, height: 664 },
]
const narrowest = { width: 280, height: 640 }

/** What is wrong with a page as it is built: its size, and what a phone shows of it first. */
export async function builtFindings(folder: string, log: (sentence: string) => void): Promise<Finding[]> {
  const { lines, faults } = measureBuild(filesIn(folder))
  for (const line of lines) log(line)
  return [
    ...faults.map(
      (where): Finding => ({
        level: 'must',
        where,
        what: 'More than the page may weigh: say less, or in fewer sections.',
      }),
    ),
    ...(await firstViews(folder, log)),
  ]
}

async function firstViews(folder: string, log: (sentence: string) => void): Promise<Finding[]> {
  const { pages } = JSON.parse(readFileSync(join(folder, 'page.json'), 'utf8')) as {
    pages: Record<string, string>
  }
  const browser = await openBrowser(log)
  const server = serveBuild(folder)
  try {
    const found: Finding[] = []
    for (const [name, file] of Object.entries(pages)) {
      const page = await browser.newPage({ reducedMotion: 'reduce' })
      await page.goto(new URL(`/${file}`, server.url).href)
      await page.evaluate(() => document.fonts.ready)
      found.push(...(await lookAt(page, name)))
      await page.close()
    }
    return found
  } finally {
    await browser.close()
    await server.stop(true)
  }
}

async function lookAt(page: Page, name: string): Promise<Finding[]> {
  const found: Finding[] = []
  for (const viewport of phones) {
    await page.setViewportSize(viewport)
    const box = await page.locator('button[type=submit]').boundingBox()
    const below = Math.round((box?.y ?? 0) + (box?.height ?? 0) - viewport.height)
    if (below > 0)
      found.push({
        level: 'must',
        where: `${name} at ${viewport.width} × ${viewport.height}, by ${below} pixels`,
        what: 'The button is below the first view of a phone: shorten title and text of the first view, or of the form.',
      })
  }
  await page.setViewportSize(narrowest)
  const beyond = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  if (beyond > 0)
    found.push({
      level: 'must',
      where: `${name}, by ${beyond} pixels`,
      what: `Something is wider than a screen of ${narrowest.width} pixels: a long word, or a number that does not break.`,
    })
  return found
}

/** The build as a host of plain files would serve it, with what the API fills in left out. */
function serveBuild(folder: string) {
  const filled: Readonly<Record<string, string>> = {
    notice_hidden: 'hidden',
    config: '{"flags":{},"preview":true}',
  }
  return Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch(request) {
      const path = join(folder, new URL(request.url).pathname)
      if (!existsSync(path)) return new Response(null, { status: 404 })
      if (!path.endsWith('.html')) return new Response(Bun.file(path))
      const html = readFileSync(path, 'utf8').replace(/%(\w+)%/g, (_, name: string) => filled[name] ?? '')
      return new Response(html, { headers: { 'content-type': 'text/html' } })
    },
  })
}
