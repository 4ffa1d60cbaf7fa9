import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Campaign } from '../../frontend/landing/campaign.ts'
import { nginxPath, nginxWords } from './campaign/nginx.ts'
import { CommandFault, runCommand } from './command.ts'

const usage = `
Usage: bun run campaign:nginx [--check]   write what nginx says itself, in the languages of the campaign
`

const root = resolve(import.meta.dir, '../..')

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
  const known: Readonly<Record<string, readonly string[]>> = { nginx: ['--check'] }
  const strange = args.find((arg) => !known[action]?.includes(arg))
  if (!known[action] || strange) throw new CommandFault(usage.trim())
  await nginx(args)
})
