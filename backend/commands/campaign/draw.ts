import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import type { Campaign } from '../../../frontend/landing/campaign.ts'
import { thisMachine } from '../../local/machine.ts'
import { haveChromium } from '../../testing/stage/chromium.ts'
import { CommandFault } from '../command.ts'
import { type Drawing, drawingsOf, hashOf, iconPath, readRecord, recordPath, stateOf } from './drawings.ts'
import { groundOfIcon, iconPage, icoOf } from './icon.ts'
import { shareCard, shareSize } from './share-card.ts'

export type DrawOptions = Readonly<{
  campaign: Campaign
  campaignDir: string
  /** Draws those, too, that somebody has made by hand. */
  all: boolean
  log: (sentence: string) => void
}>

/**
 * Draws the icons and shared pictures that are missing or show what the campaign was; those made by hand stay.
 * @throws CommandFault without an icon, or without a browser to draw with.
 */
export async function draw({ campaign, campaignDir, all, log }: DrawOptions): Promise<void> {
  if (!existsSync(iconPath(campaignDir)))
    throw new CommandFault(`${iconPath(campaignDir)} is missing: put the firm's icon there, as SVG.`)
  const publicDir = join(campaignDir, 'public')
  const record = { ...readRecord(campaignDir) }
  const drawings = drawingsOf(campaign, campaignDir)
  const states = drawings.map((drawing) => [drawing, stateOf(drawing, publicDir, record)] as const)
  const made = states.filter(([, state]) => state === 'made' && !all).map(([{ name }]) => name)
  const wanted = states
    .filter(([, state]) => state === 'missing' || state === 'stale' || all)
    .map(([drawing]) => drawing)
  if (made.length > 0) log(`Made by hand, and left so: ${made.join(', ')} (--all draws them, too).`)
  if (wanted.length === 0) return log('Every picture is as the campaign is.')

  const browser = await openBrowser(log)
  try {
    for (const drawing of wanted) {
      const bytes = await drawn(browser, drawing, campaign, readFileSync(iconPath(campaignDir)))
      writeFileSync(join(publicDir, drawing.name), bytes)
      record[drawing.name] = { from: drawing.from, file: hashOf(bytes) }
    }
  } finally {
    await browser.close()
  }
  const known = drawings.filter(({ name }) => record[name]).map(({ name }) => [name, record[name]] as const)
  writeFileSync(recordPath(campaignDir), `${JSON.stringify(Object.fromEntries(known), undefined, 2)}\n`)
  log(`Drew ${wanted.map(({ name }) => name).join(', ')}.`)
}

/** Finds Chromium, or installs it where that needs no question. */
export async function openBrowser(log: (sentence: string) => void): Promise<Browser> {
  const machine = thisMachine(process.env)
  const { path, how } = await haveChromium({ machine, log, stop: new AbortController().signal })
  if (!path) throw new CommandFault(`Pictures are drawn with Chromium, and there is ${how}`)
  const args = ['--headless', '--no-sandbox', '--disable-gpu', '--force-color-profile=srgb']
  return chromium.launch({ executablePath: path, args })
}

async function drawn(
  browser: Browser,
  drawing: Drawing,
  campaign: Campaign,
  icon: Uint8Array,
): Promise<Uint8Array> {
  if (drawing.kind === 'share') {
    const page = await browser.newPage({ viewport: shareSize })
    await page.setContent(shareCard(drawing.view, icon), { waitUntil: 'load' })
    await page.evaluate(() => document.fonts.ready)
    const bytes = await page.screenshot({ type: 'jpeg', quality: 82 })
    await page.close()
    return bytes
  }
  const { sizePx, look } = drawing
  const page = await browser.newPage({ viewport: { width: sizePx, height: sizePx } })
  await page.setContent(iconPage(icon, look, campaign.colours.light.brand), { waitUntil: 'load' })
  if (look !== 'plain') await page.evaluate(groundOfIcon)
  const png = await page.screenshot({ type: 'png', omitBackground: look === 'plain' })
  await page.close()
  return drawing.name.endsWith('.ico') ? icoOf(png, sizePx) : png
}
