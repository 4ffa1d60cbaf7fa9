import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Campaign } from '../../../../frontend/landing/campaign.ts'
import { drawingsOf, iconPath, readRecord, stateOf } from '../drawings.ts'
import { nginxFiles } from '../nginx.ts'
import type { Finding } from './finding.ts'

/** What is made from a campaign, and is missing or older than it. */
export function fileFindings(
  campaign: Campaign,
  where: Readonly<{ campaignDir: string; root: string }>,
): Finding[] {
  const { campaignDir, root } = where
  const stale = staleFiles(nginxFiles(campaign), root).map(
    (where): Finding => ({
      level: 'must',
      where,
      what: 'nginx does not know this campaign. Run: bun run campaign:nginx',
    }),
  )
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

/** The files whose texts are not these, missing ones among them. */
export function staleFiles(files: Readonly<Record<string, string>>, root: string): string[] {
  return Object.keys(files).filter((file) => {
    const path = join(root, file)
    return !existsSync(path) || readFileSync(path, 'utf8') !== files[file]
  })
}
