import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Campaign } from '../../../frontend/landing/campaign.ts'
import { type View, viewOf } from '../../../frontend/landing/view.ts'

/** A picture that is drawn from the campaign. `from` is the hash of all that it shows. */
export type Drawing = Readonly<{ name: string; from: string } & (IconDrawing | ShareDrawing)>

type IconDrawing = Readonly<{ kind: 'icon'; sizePx: number; look: IconLook }>
type ShareDrawing = Readonly<{ kind: 'share'; view: View }>

/** As it is; on a ground without corners, as telephones want it; the same with room around it, to be cut to any shape. */
export type IconLook = 'plain' | 'full' | 'maskable'

/** What was drawn last: for each file the hash of what it was drawn from, and of itself. */
export type DrawnRecord = Readonly<Record<string, Readonly<{ from: string; file: string }>>>

/** `made`: by hand, or by somebody else. */
export type DrawingState = 'fresh' | 'stale' | 'missing' | 'made'

const icons: readonly (readonly [name: string, sizePx: number, look: IconLook])[] = [
  ['favicon.ico', 32, 'plain'],
  ['apple-touch-icon.png', 180, 'full'],
  ['icon-192.png', 192, 'plain'],
  ['icon-512.png', 512, 'plain'],
  ['icon-maskable-192.png', 192, 'maskable'],
  ['icon-maskable-512.png', 512, 'maskable'],
]

/** Where a campaign keeps its icon, which all others are drawn from. */
export const iconPath = (campaignDir: string) => join(campaignDir, 'public/icon.svg')

/** Every picture of a campaign that can be drawn. Needs its icon. */
export function drawingsOf(campaign: Campaign, campaignDir: string): Drawing[] {
  const icon = readFileSync(iconPath(campaignDir))
  const shares = Object.keys(campaign.languages).map((language): Drawing => {
    const view = viewOf(campaign, language)
    const shown = shareWords(view)
    const picture = shown.picture ? readFileSync(shown.picture.bundled) : ''
    const from = hashOf(
      icon,
      picture,
      JSON.stringify([shown.title, shown.text, view.words.brand, campaign.colours]),
    )
    return { name: `share-${language}.jpg`, from, kind: 'share', view }
  })
  return [
    ...icons.map(
      ([name, sizePx, look]): Drawing => ({ name, from: hashOf(icon), kind: 'icon', sizePx, look }),
    ),
    ...shares,
  ]
}

/** What the shared picture of a language shows. */
export function shareWords({ campaign, content, words }: View) {
  const variant = Object.keys(campaign.variants)[0]!
  const hero = content.hero[variant]!
  return {
    title: content.share?.title ?? hero.title,
    text: content.share?.text ?? words.formIn(variant).title,
    picture: hero.picture ?? content.picture,
  }
}

/** Whether a picture is there, and shows what the campaign is now. */
export function stateOf(drawing: Drawing, publicDir: string, record: DrawnRecord): DrawingState {
  const path = join(publicDir, drawing.name)
  if (!existsSync(path)) return 'missing'
  const known = record[drawing.name]
  if (!known || known.file !== hashOf(readFileSync(path))) return 'made'
  return known.from === drawing.from ? 'fresh' : 'stale'
}

/** What is known of the pictures that were drawn; nothing where none were. */
export function readRecord(campaignDir: string): DrawnRecord {
  const path = recordPath(campaignDir)
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as DrawnRecord) : {}
}

export const recordPath = (campaignDir: string) => join(campaignDir, 'drawn.json')

export function hashOf(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part).update('\0')
  return hash.digest('hex').slice(0, 16)
}
