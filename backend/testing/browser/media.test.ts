import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { createBuilder } from 'vite'
import { root } from '../house/sources.ts'
import { run } from '../runner/step.ts'
import { onceThere, openChromium, startOwnLine } from '../stage/browser.ts'
import { shown } from '../stage/campaign/shown.ts'
import { campaignOfTests } from '../stage/campaign-page.ts'
import { addressOf } from '../stage/engines.ts'

const { content, words } = shown.en
const film = content.steps!.film!
const picture = content.picture!
const storage = {
  S3_ENDPOINT: addressOf('S3_ENDPOINT'),
  S3_REGION: process.env.S3_REGION || 'us-east-1',
  S3_ACCESS_KEY: process.env.S3_ACCESS_KEY ?? '',
  S3_SECRET_KEY: process.env.S3_SECRET_KEY ?? '',
  S3_BUCKET: `test-${crypto.randomUUID()}`,
}
const { line } = await startOwnLine({ redisNumber: 6, env: { ...storage, PAGE_CACHE_TTL_S: '1' } })
const chromium = await openChromium()

// Hero pictures are uploaded where a campaign says so: here one that does, and takes its media from the API.
const folder = mkdtempSync(join(tmpdir(), 'landfast-media-page-'))
const campaign = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch: (request) => {
    const { pathname } = new URL(request.url)
    return new Response(Bun.file(join(folder, pathname === '/' ? 'index.html' : pathname)))
  },
})
const visit = () => chromium.visit(campaign.url.href, { allowedOrigins: [line.origin] })

process.env.CAMPAIGN_DIR = campaignOfTests

beforeAll(async () => {
  const builder = await createBuilder({
    configFile: join(root, 'frontend/vite.config.ts'),
    logLevel: 'error',
    build: { outDir: folder },
    define: { 'import.meta.env.VITE_API_BASE_URL': JSON.stringify(line.origin) },
    plugins: [
      {
        name: 'uploaded-hero',
        enforce: 'pre',
        transform: (code, id) =>
          id.endsWith('/stage/campaign/pictures.ts')
            ? code.replace('workshop: {', "$& uploaded: '/media/hero.jpg',")
            : undefined,
      },
    ],
  })
  await builder.buildApp()
})
afterAll(async () => {
  await campaign.stop(true)
  rmSync(folder, { recursive: true, force: true })
})

const hero = (page: Page) => page.getByAltText(picture.alt)
const shownPicture = (page: Page) => hero(page).evaluate((image: HTMLImageElement) => image.currentSrc)
const playFilm = (page: Page) => page.getByRole('button', { name: words.page.playFilm }).click()

describe('while nothing is uploaded', () => {
  test('the page shows its own picture', async () => {
    const { page, foreign } = await visit()
    await page.waitForFunction((alt) => {
      const image = document.querySelector<HTMLImageElement>(`img[alt="${alt}"]`)
      return image?.complete && image.naturalWidth > 0 && image.currentSrc.includes('/assets/')
    }, picture.alt)
    expect(foreign).toEqual([])
  })

  test('no film is offered that is not there; its still is', async () => {
    const { page, complaints } = await chromium.visit(line.origin)
    await page.getByAltText(film.still.alt).scrollIntoViewIfNeeded()
    expect(await page.getByAltText(film.still.alt).isVisible()).toBe(true)
    expect(await page.getByRole('button', { name: words.page.playFilm }).count()).toBe(0)
    expect(await page.getByText(film.title).isVisible()).toBe(false)
    expect(complaints).toEqual([])
  })

  test('a page of another origin, which cannot know, says so when it is asked for', async () => {
    const { page } = await visit()
    await playFilm(page)
    await page.getByText(words.page.filmMissing).waitFor()
    expect(await page.getByAltText(film.still.alt).isVisible()).toBe(true)
  })
})

describe('once bun run media:upload --sample has been run', () => {
  beforeAll(async () => {
    const uploaded = await run({
      command: [process.execPath, '--no-env-file', 'run', '--silent', 'media:upload', '--sample'],
      env: { ...process.env, ...storage },
      timeoutMs: 60_000,
    })
    if (uploaded.exitCode !== 0) throw new Error(uploaded.output)
    await onceThere('the film on the page', async () => {
      const html = await (await fetch(`${line.origin}/en`)).text()
      return html.includes('<div data-absent') ? undefined : true
    })
  })

  test('the uploaded picture is the one that is shown', async () => {
    const { page, foreign, complaints } = await visit()
    await hero(page).evaluate((image: HTMLImageElement) => image.decode())
    expect(await shownPicture(page)).toBe(`${line.origin}/media/hero.jpg`)
    expect(foreign).toEqual([])
    expect(complaints).toEqual([])
  })

  test('the film plays, and jumps to any moment', async () => {
    const { page, foreign, complaints } = await chromium.visit(line.origin)
    await playFilm(page)
    const video = page.locator('video')
    await page.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 0)
    const end = await video.evaluate(
      (element: HTMLVideoElement) =>
        new Promise<number>((resolve) => {
          element.addEventListener('seeked', () => resolve(element.duration - element.currentTime))
          element.currentTime = element.duration - 1
        }),
    )
    expect(end).toBeLessThan(2)
    expect(foreign).toEqual([])
    expect(complaints).toEqual([])
  })
})
