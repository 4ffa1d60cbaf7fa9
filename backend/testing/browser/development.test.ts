import { afterAll, expect, test } from 'bun:test'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { root } from '../house/sources.ts'
import { openChromium } from '../stage/browser.ts'
import { shown } from '../stage/campaign/shown.ts'
import { campaignOfTests } from '../stage/campaign-page.ts'
import { freePorts } from '../stage/line.ts'

// A campaign of its own, to be changed and broken.
const folder = mkdtempSync(join(tmpdir(), 'landfast-development-'))
const campaignDir = join(folder, 'campaign')
cpSync(campaignOfTests, campaignDir, { recursive: true })
symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
for (const file of new Bun.Glob('**/*.ts').scanSync(campaignDir)) {
  const path = join(campaignDir, file)
  writeFileSync(path, readFileSync(path, 'utf8').replace(/'(?:\.\.\/)+frontend\//g, `'${root}/frontend/`))
}

const [port] = (await freePorts(1)) as [number]
const vite = Bun.spawn(
  [
    process.execPath,
    'x',
    'vite',
    '--config',
    'frontend/vite.config.ts',
    '--port',
    String(port),
    '--host',
    '127.0.0.1',
  ],
  { cwd: root, env: { ...process.env, CAMPAIGN_DIR: campaignDir }, stdout: 'pipe', stderr: 'pipe' },
)
const origin = `http://127.0.0.1:${port}`
afterAll(async () => {
  vite.kill()
  await vite.exited
  rmSync(folder, { recursive: true, force: true })
})
const chromium = await openChromium()
const { hero } = shown.en.content

/** Changes a text in the campaign while `work` runs. */
async function changed(file: string, from: string, to: string, work: () => Promise<void>): Promise<void> {
  const path = join(campaignDir, file)
  const before = readFileSync(path, 'utf8')
  expect(before).toContain(from)
  writeFileSync(path, before.replace(from, to))
  try {
    await work()
  } finally {
    writeFileSync(path, before)
  }
}

async function open(): Promise<Page> {
  while (
    !(await fetch(origin).then(
      ({ ok }) => ok,
      () => false,
    ))
  )
    await Bun.sleep(50)
  const { page } = await chromium.visit(`${origin}/?variant=hero.a`)
  await page.getByRole('heading', { name: hero.a!.title }).waitFor()
  // Before that it would not hear of a change.
  await page.waitForFunction(() =>
    performance.getEntriesByType('resource').some(({ name }) => name.includes('/@vite/client')),
  )
  await page.waitForLoadState('networkidle')
  return page
}

test('a text, a colour, a picture and a section that is taken out show in an open page by themselves', async () => {
  const page = await open()
  await changed('words/en.ts', hero.a!.title, 'A colder house by Monday', async () => {
    await page.getByRole('heading', { name: 'A colder house by Monday' }).waitFor()
  })
  await page.getByRole('heading', { name: hero.a!.title }).waitFor()
  await changed('campaign.ts', '#ffd98a', '#ff0000', async () => {
    await page.waitForFunction(() => {
      const button = document.querySelector('button[type=submit]')
      return button && getComputedStyle(button).backgroundColor === 'rgb(255, 0, 0)'
    })
  })
  await changed('pictures/workshop.svg', 'viewBox="0 0 960 1200"', 'viewBox="0 0 800 400"', async () => {
    await page.waitForFunction(() => {
      const picture = document.querySelector<HTMLImageElement>('main picture img')
      return picture?.complete && picture.naturalWidth === 2 * picture.naturalHeight
    })
  })
  await changed('words/en.ts', 'voices: {', 'closing: {', async () => {
    await page.getByRole('heading', { name: shown.en.content.voices!.title }).waitFor({ state: 'detached' })
  })
})

test('what cannot be drawn is said over an open page at once, in any language, until it is mended', async () => {
  const page = await open()
  const said = page.locator('vite-error-overlay .message')
  await changed('words/fa.ts', 'title:', 'titel:', async () => {
    await said.getByText('The words of fa lack title').waitFor()
  })
  await said.waitFor({ state: 'detached' })
  await changed('words/en.ts', "locale: 'en-GB'", "locale: 'en-GB", async () => {
    await said.getByText('Unterminated string').waitFor()
  })
  await said.waitFor({ state: 'detached' })
  await page.getByRole('heading', { name: hero.a!.title }).waitFor()
})
