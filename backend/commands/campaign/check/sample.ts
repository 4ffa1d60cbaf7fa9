import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Campaign } from '../../../../frontend/landing/campaign.ts'
import { hashOf, iconPath } from '../drawings.ts'
import type { Finding } from './finding.ts'
import sample from './sample.json' with { type: 'json' }
import { picturesOf, type Text, textsOf } from './texts.ts'

/** What tells the sample that comes with Landfast: hashes of its texts and pictures, and a few facts. */
export type Sample = Readonly<{
  brand: string
  phone: string
  colours: readonly string[]
  texts: readonly string[]
  pictures: readonly string[]
}>

// What many firms say word for word tells nothing: a short question, and most of a privacy notice.
const isTelling = ({ path, text }: Text) => text.length >= 45 && !path.startsWith('notice.')

/** What of a campaign is the sample's, or the template's, and should be its own. */
export function sampleFindings(campaign: Campaign, campaignDir: string, known: Sample = sample): Finding[] {
  const found: Finding[] = []
  const must = (where: string, what: string) => found.push({ level: 'must', where, what })
  const { firm, colours } = campaign
  const brand = new RegExp(`\\b${known.brand}\\b`, 'i')
  if (brand.test(firm.name)) must('firm name', leftOver)
  if (firm.phone.dialled === known.phone) must('firm phone.dialled', leftOver)
  for (const name of ['brand', 'accent'] as const)
    if (known.colours.includes(colours.light[name]))
      found.push({
        level: 'look',
        where: `colours ${name}`,
        what: "The colour of the sample: is it your firm's?",
      })
  for (const each of textsOf(campaign))
    if (brand.test(each.text) || (isTelling(each) && known.texts.includes(hashOf(each.text))))
      must(`${each.language} ${each.path}`, leftOver)
  for (const [where, path] of filesOf(campaign, campaignDir))
    if (known.pictures.includes(hashOf(readFileSync(path)))) must(where, leftOver)
  return found
}

const leftOver = "Left over from the sample that comes with Landfast: write your firm's."

/** What has to be remembered of a campaign for it to be the sample. */
export function sampleOf(campaign: Campaign, campaignDir: string): Sample {
  const { firm, colours } = campaign
  return {
    brand: firm.shortName ?? firm.name,
    phone: firm.phone.dialled,
    colours: [colours.light.brand, colours.light.accent],
    texts: textsOf(campaign)
      .filter(isTelling)
      .map(({ text }) => hashOf(text))
      .toSorted(),
    pictures: filesOf(campaign, campaignDir).map(([, path]) => hashOf(readFileSync(path))),
  }
}

function filesOf(campaign: Campaign, campaignDir: string): (readonly [where: string, path: string])[] {
  const pictures = picturesOf(campaign).flatMap(({ picture: { bundled, bundledDark } }) =>
    [bundled, bundledDark].filter((path) => path !== undefined),
  )
  const shares = Object.keys(campaign.languages).map((language) =>
    join(campaignDir, `public/share-${language}.jpg`),
  )
  return [...new Set([...pictures, iconPath(campaignDir), ...shares])]
    .filter((path) => existsSync(path))
    .map((path) => [basename(path), path] as const)
}
