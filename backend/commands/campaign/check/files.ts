import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Campaign } from '../../../../frontend/landing/campaign.ts'
import { drawingsOf, iconPath, readRecord, stateOf } from '../drawings.ts'
import { nginxPath, nginxWords } from '../nginx.ts'
import type { Finding } from './finding.ts'

/** What is made from a campaign, and is missing or older than it. */
export function fileFindings(
  campaign: Campaign,
  where: Readonly<{ campaignDir: string; root: string }>,
): Finding[] {
  const { campaignDir, root } = where
  const nginx = join(root, nginxPath)
  const isStale = !existsSync(nginx) || readFileSync(nginx, 'utf8') !== nginxWords(campaign)
  const stale: Finding[] = isStale
    ? [
        {
          level: 'must',
          where: nginxPath,
          what: 'nginx does not speak as this campaign does. Run: bun run campaign:nginx',
        },
      ]
    : []
  if (!existsSync(iconPath(campaignDir)))
    return [
      ...stale,
      { level: 'must', where: 'public/icon.svg', what: "The firm's icon is missing: put it there, as SVG." },
    ]
  const publicDir = join(campaignDir, 'public')
  const record = readRecord(campaignDir)
  const drawings = drawingsOf(campaign, campaignDir).map(
    (drawing) => [drawing.name, stateOf(drawing, publicDir, record)] as const,
  )
  return [
    ...stale,
    ...drawings
      .filter(([, state]) => state === 'missing' || state === 'stale')
      .map(
        ([name]): Finding => ({
          level: 'must',
          where: `public/${name}`,
          what: 'Missing, or drawn from what the campaign was before. Run: bun run campaign:draw',
        }),
      ),
  ]
}
