import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Campaign } from '../../frontend/landing/campaign.ts'
import { check } from './campaign/check/check.ts'
import { sampleOf } from './campaign/check/sample.ts'
import { draw } from './campaign/draw.ts'
import { nginxPath, nginxWords } from './campaign/nginx.ts'
import { CommandFault, runCommand } from './command.ts'

const usage = `
Usage: bun run campaign:check             name what is missing in the campaign, or left over from the sample
       bun run campaign:draw [--all]      draw the icons and the shared pictures that are missing or out of date
       bun run campaign:nginx [--check]   write what nginx says itself, in the languages of the campaign

All read frontend/campaign, which docs/campaign.md explains. Pictures made by hand stay, unless --all is said.
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

/** For those who work on Landfast: what `check` knows the sample by. */
async function rememberSample(): Promise<void> {
  const path = join(import.meta.dir, 'campaign/check/sample.json')
  writeFileSync(path, `${JSON.stringify(sampleOf(await readCampaign(), campaignDir), undefined, 2)}\n`)
}

const options: Readonly<Record<string, readonly string[]>> = {
  check: [],
  draw: ['--all'],
  nginx: ['--check'],
  'remember-sample': [],
}

const [action = '', ...args] = process.argv.slice(2)
await runCommand(usage, process.argv.slice(2), async () => {
  if (args.some((arg) => !options[action]?.includes(arg)) || !options[action])
    throw new CommandFault(usage.trim())
  if (action === 'remember-sample') return rememberSample()
  if (action === 'nginx') return nginx(args)
  const campaign = await readCampaign()
  const log = (line: string) => console.log(line)
  const publicUrl = process.env.PUBLIC_URL ?? ''
  if (action === 'draw') await draw({ campaign, campaignDir, all: args.includes('--all'), log })
  else await check({ campaign, campaignDir, root, publicUrl, log })
})
