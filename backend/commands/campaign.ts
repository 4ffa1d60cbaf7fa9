import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Campaign } from '../../frontend/landing/campaign.ts'
import { draw } from './campaign/draw.ts'
import { nginxPath, nginxWords } from './campaign/nginx.ts'
import { CommandFault, runCommand } from './command.ts'

const usage = `
Usage: bun run campaign:draw [--all]      draw the icons and the shared pictures that are missing or out of date
       bun run campaign:nginx [--check]   write what nginx says itself, in the languages of the campaign

Both read frontend/campaign, which docs/campaign.md explains. Pictures made by hand stay, unless --all is said.
`

const root = resolve(import.meta.dir, '../..')
const campaignDir = join(root, 'frontend/campaign')

/** Not before it is asked for: a mistake in it is a sentence, and no command but those that read it has it. */
async function readCampaign(): Promise<Campaign> {
  return (await import('../../frontend/campaign/campaign.ts')).campaign
}

async function nginx(args: readonly string[]): Promise<void> {
  const text = nginxWords(await readCampaign())
  const path = join(root, nginxPath)
  if (!args.includes('--check')) {
    writeFileSync(path, text)
    console.log(`Wrote ${nginxPath}.`)
  } else if (readFileSync(path, 'utf8') !== text)
    throw new CommandFault(`${nginxPath} is not that of the campaign. Run: bun run campaign:nginx`)
}

const [action = '', ...args] = process.argv.slice(2)
await runCommand(usage, process.argv.slice(2), async () => {
  const known: Readonly<Record<string, readonly string[]>> = { draw: ['--all'], nginx: ['--check'] }
  const strange = args.find((arg) => !known[action]?.includes(arg))
  if (!known[action] || strange) throw new CommandFault(usage.trim())
  if (action === 'nginx') await nginx(args)
  else
    await draw({ campaign: await readCampaign(), campaignDir, all: args.includes('--all'), log: console.log })
})
