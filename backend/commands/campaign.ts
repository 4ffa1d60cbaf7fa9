import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Campaign } from '../../frontend/landing/campaign.ts'
import { check } from './campaign/check/check.ts'
import { staleFiles } from './campaign/check/files.ts'
import { sampleOf } from './campaign/check/sample.ts'
import { draw } from './campaign/draw.ts'
import { mistakeIn } from './campaign/mistake.ts'
import { begin, nextSteps } from './campaign/new.ts'
import { nginxFiles } from './campaign/nginx.ts'
import { CommandFault, runCommand } from './command.ts'

const usage = `
Usage: bun run campaign:new NAME          put a new campaign, of a firm of this name, in the place of the one in git
           --languages en,fa --variants a,b --phone "+44 1632 960217" --colours "#1f4e79,#f2b441"
       bun run campaign:check             name what is missing in the campaign, or left over from the sample
       bun run campaign:draw [--all]      draw the icons and the shared pictures that are missing or out of date
       bun run campaign:nginx [--check]   write what nginx reads of the campaign: its languages and paths

frontend/campaign is the campaign that is built; docs/campaign.md explains it. \`new\` asks nothing: languages, variants,
phone and colours can be said, and each can be changed later. \`draw\` leaves pictures made by hand, unless --all is said.
`

const root = resolve(import.meta.dir, '../..')
const campaignDir = join(root, 'frontend/campaign')

/** Not before it is asked for: a mistake in it is a sentence, and no command but those that read it has it. */
async function readCampaign(): Promise<Campaign> {
  try {
    return (await import('../../frontend/campaign/campaign.ts')).campaign
  } catch (error) {
    const mistake = mistakeIn(error, root)
    throw mistake ? new CommandFault(mistake) : error
  }
}

async function nginx(args: readonly string[]): Promise<void> {
  const files = nginxFiles(await readCampaign())
  if (args.includes('--check')) {
    const stale = staleFiles(files, root)
    if (stale.length > 0)
      throw new CommandFault(`Not those of the campaign: ${stale.join(', ')}. Run: bun run campaign:nginx`)
    return
  }
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text)
  console.log(`Wrote ${Object.keys(files).join(', ')}.`)
}

/** Begins, and makes all that is made from a campaign. What fails there can be done later. */
async function makeNew(args: readonly string[]): Promise<void> {
  const ask = (...command: string[]) => {
    const { exitCode, stdout } = Bun.spawnSync(command, { cwd: root, stderr: 'ignore' })
    return exitCode === 0 ? stdout.toString() : undefined
  }
  const beginning = begin({ root, args, ask })
  console.log(`${beginning.name} is in frontend/campaign.`)
  ask(process.execPath, 'run', '--bun', 'biome', 'check', '--write', 'frontend/campaign')
  for (const action of ['nginx', 'draw']) {
    // In a process of its own: this one may have read the campaign before.
    const made = Bun.spawnSync([process.execPath, import.meta.path, action], { cwd: root })
    console.log((made.exitCode === 0 ? made.stdout : made.stderr).toString().trim())
  }
  for (const line of ['', ...nextSteps(beginning)]) console.log(line)
}

/** For those who work on Landfast: what `check` knows the sample by. */
async function rememberSample(): Promise<void> {
  const path = join(import.meta.dir, 'campaign/check/sample.json')
  writeFileSync(path, `${JSON.stringify(sampleOf(await readCampaign(), campaignDir), undefined, 2)}\n`)
}

const options: Readonly<Record<string, readonly string[]>> = {
  new: [],
  check: [],
  draw: ['--all'],
  nginx: ['--check'],
  'remember-sample': [],
}

const [action = '', ...args] = process.argv.slice(2)
await runCommand(usage, process.argv.slice(2), async () => {
  const isKnown = action === 'new' || args.every((arg) => options[action]?.includes(arg))
  if (!options[action] || !isKnown) throw new CommandFault(usage.trim())
  if (action === 'new') return makeNew(args)
  if (action === 'remember-sample') return rememberSample()
  if (action === 'nginx') return nginx(args)
  const campaign = await readCampaign()
  const log = (line: string) => console.log(line)
  const publicUrl = process.env.PUBLIC_URL ?? ''
  if (action === 'draw') await draw({ campaign, campaignDir, all: args.includes('--all'), log })
  else await check({ campaign, campaignDir, root, publicUrl, log })
})
