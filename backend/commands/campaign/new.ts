import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { parsePhoneNumberFromString } from 'libphonenumber-js/max'
import { isLanguageName } from '../../page/manifest.ts'
import { CommandFault } from '../command.ts'
import { type Beginning, defaults, scaffold } from './scaffold.ts'

export type NewOptions = Readonly<{
  root: string
  args: readonly string[]
  /** What a command prints, or undefined where it fails. */
  ask: (...command: string[]) => string | undefined
}>

const folder = 'frontend/campaign'

/**
 * Puts a new campaign in the place of the one that is there. That one has to be in git, where it can be had back.
 * @throws CommandFault for what cannot be begun with, and where something would be lost.
 */
export function begin({ root, args, ask }: NewOptions): Beginning {
  const { values, positionals } = parsed(args)
  const beginning = beginningOf(positionals, values)
  const files = scaffold(beginning)
  if (!values.force) demandKept(root, ask)
  const campaignDir = join(root, folder)
  rmSync(campaignDir, { recursive: true, force: true })
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(campaignDir, path)), { recursive: true })
    writeFileSync(join(campaignDir, path), text)
  }
  return beginning
}

/** What to do after that, in order. */
export function nextSteps({ languages, phone }: Beginning): string[] {
  const country = parsePhoneNumberFromString(phone)?.country
  const texts = languages.map((language) => `${folder}/words/${language}.ts`).join(', ')
  return [
    'Next:',
    `  1. bun run dev            the page as it is, and as you change it`,
    `  2. ${texts}: write what stands in [[ ]]; take out a section that you do not need`,
    `  3. ${folder}/notice: the privacy notice; ${folder}/firm.ts, ${folder}/colours.ts: number, colours`,
    `  4. ${folder}/public/icon.svg: your icon; then bun run campaign:draw`,
    `  5. bun run format; bun run campaign:check names what is missing; bun run verify; git commit`,
    `  6. In the settings of the installation: PUBLIC_URL${country ? `, and DEFAULT_REGION=${country} if your visitors are there` : ''}`,
    'The campaign before is in git: git checkout HEAD -- frontend/campaign docker/nginx',
  ]
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        languages: { type: 'string', default: defaults.languages.join() },
        variants: { type: 'string', default: defaults.variants.join() },
        phone: { type: 'string', default: defaults.phone },
        colours: { type: 'string', default: Object.values(defaults.colours).join() },
        force: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new CommandFault(`${(error as Error).message.split('.')[0]}. See bun run campaign:new --help`)
  }
}

function beginningOf(
  names: readonly string[],
  values: Readonly<Record<string, string | boolean>>,
): Beginning {
  const list = (name: string) => [
    ...new Set(
      String(values[name])
        .split(',')
        .map((each) => each.trim())
        .filter(Boolean),
    ),
  ]
  const name = names.join(' ').trim()
  if (name === '') throw new CommandFault('Name the firm: bun run campaign:new "Brightwater Plumbing"')
  const languages = list('languages').map((language) => language.toLowerCase())
  if (languages.length === 0 || !languages.every(isLanguage))
    throw new CommandFault(`--languages takes codes such as en,fa,pt-br, and not ${values.languages}`)
  const variants = list('variants')
  if (variants.length === 0 || !variants.every((variant) => /^[a-z][a-z0-9_]{0,31}$/.test(variant)))
    throw new CommandFault(
      `--variants takes names of small letters, such as a,b,c, and not ${values.variants}`,
    )
  const number = parsePhoneNumberFromString(String(values.phone))
  if (!number?.isPossible())
    throw new CommandFault(
      `--phone takes a number with its country, such as "+44 1632 960217", and not ${values.phone}`,
    )
  const [brand = '', accent = ''] = list('colours')
  if (![brand, accent].every((colour) => /^#[0-9a-f]{6}$/i.test(colour)))
    throw new CommandFault(`--colours takes two, the firm's and the button's, such as "#1f4e79,#f2b441"`)
  return { name: titled(name), languages, variants, phone: number.number, colours: { brand, accent } }
}

/** `brightwater-plumbing` is a name for a folder; a firm has one for people. */
function titled(name: string): string {
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name)) return name
  return name.replace(
    /(?:^|-)(.)/g,
    (part, letter: string) => (part.length > 1 ? ' ' : '') + letter.toUpperCase(),
  )
}

function isLanguage(language: string): boolean {
  if (!isLanguageName(language)) return false
  const name = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' })
  return name.of(language) !== undefined
}

function demandKept(root: string, ask: NewOptions['ask']): void {
  if (!existsSync(join(root, folder))) return
  const changed = ask('git', 'status', '--porcelain', '--', folder)
  if (changed === undefined)
    throw new CommandFault(
      `${folder} would be replaced, and there is no git to have it back from: copy it elsewhere, then say --force.`,
    )
  if (changed.trim() !== '')
    throw new CommandFault(
      `${folder} would be replaced, and holds changes that are not committed: commit them, or say --force to lose them.`,
    )
}
