import { isName, joinParts, partOf } from '../words/word.ts'

/** What a build can draw, and in which file it drew each page. First languages and variants are what all falls back to. */
export type PageManifest = Readonly<{
  languages: readonly string[]
  /** Variants by experiment, in declared order. */
  experiments: Readonly<Record<string, readonly string[]>>
  /** Flags that change the markup, each on or off. */
  flags: readonly string[]
  /** Paths inside the build by key. */
  pages: Readonly<Record<string, string>>
  /** The uploaded film of each language that has one, such as `/media/day.mp4`. */
  films?: Readonly<Record<string, string>>
  /** What stands in the form's places, as HTML by the name of the place: as it is, and by page and problem once refused. */
  freshForm?: FormFill
  postedForms?: Readonly<Record<string, Readonly<Record<string, FormFill>>>>
  /** Where the page is also found, such as `spring` for `/spring`. */
  paths?: readonly string[]
}>

export type FormFill = Readonly<Record<string, string>>

const languagePattern = /^[a-z]{2}(?:-[a-z]{2,8})?$/
// What is below `/` beside the page, now or as it may be some day.
const taken = ['admin', 'api', 'assets', 'health', 'healthz', 'livez', 'media', 'metrics', 'readyz', 'static']

/** Whether a text is written like the name of a language here: `en`, `pt-br`. */
export function isLanguageName(text: string): boolean {
  return languagePattern.test(text)
}

/** Whether a text is written like a path of a campaign, without its slash: `spring`, `radio-leeds`. */
export function isCampaignPath(text: string): boolean {
  return /^[a-z][a-z0-9-]{2,62}$/.test(text) && !isLanguageName(text) && !taken.includes(text)
}

/** The campaign that an address names by its path: `spring` for `/spring`, and for `/spring/`. */
export function campaignOfPath(pathname: string): string | undefined {
  const [, name = ''] = /^\/([^/]+)\/?$/.exec(pathname) ?? []
  return isCampaignPath(name) ? name : undefined
}

/**
 * Reads `page.json`.
 * @throws Error in one sentence when the page cannot be served by it.
 */
export function readManifest(text: string): PageManifest {
  const read = JSON.parse(text) as PageManifest
  const { languages, experiments, flags, pages, films, freshForm, postedForms, paths = [] } = read
  const isListOf = (list: unknown, isRight: (name: string) => boolean) =>
    Array.isArray(list) && list.every((name) => typeof name === 'string' && isRight(name))
  if (!isListOf(languages, isLanguageName) || languages.length === 0)
    throw new Error('page.json names no languages, or one that is not like en or pt-br')
  for (const [name, variants] of Object.entries(experiments))
    if (!isName(name) || !isListOf(variants, isName) || variants.length === 0)
      throw new Error(`page.json has an experiment without readable variants: ${name}`)
  if (!isListOf(paths, isCampaignPath))
    throw new Error('page.json has a path that is not like spring or radio-leeds, or is taken')
  if (!isListOf(flags, isName)) throw new Error('page.json has a flag that is not like consent_checkbox')
  const manifest = { languages, experiments, flags, pages, films, freshForm, postedForms, paths }
  for (const language of languages)
    if (typeof pages[firstKey(manifest, language)] !== 'string')
      throw new Error(`page.json has no ${firstKey(manifest, language)}`)
  return manifest
}

/** A build of one page only, in one language. */
export function manifestOfOne(language: string, path: string): PageManifest {
  return { languages: [language], experiments: {}, flags: [], pages: { [`${language}/`]: path } }
}

/** Every path at which the page stands: `/`, those of its languages, and those of the campaign. */
export const pathsOf = ({ languages, paths = [] }: Pick<PageManifest, 'languages' | 'paths'>) =>
  new Set(['/', ...[...languages, ...paths].map((name) => `/${name}`)])

/** The key of a page in `pages`: `en/hero.a-consent_checkbox.off`. */
export function pageKey(
  manifest: Pick<PageManifest, 'experiments' | 'flags'>,
  page: Readonly<{
    language: string
    variants: Readonly<Record<string, string>>
    flags: Readonly<Record<string, unknown>>
  }>,
): string {
  const parts = [
    ...Object.keys(manifest.experiments).map((name) => partOf(name, page.variants[name]!)),
    ...manifest.flags.map((name) => partOf(name, page.flags[name] === true ? 'on' : 'off')),
  ]
  return `${page.language}/${joinParts(parts)}`
}

/** The key of a language's first page: first variants, no flag on. */
export function firstKey(manifest: Omit<PageManifest, 'pages'>, language: string): string {
  return pageKey(manifest, { language, variants: firstVariants(manifest), flags: {} })
}

/** The variant of each experiment that all falls back to. */
export function firstVariants(manifest: Pick<PageManifest, 'experiments'>): Record<string, string> {
  return Object.fromEntries(Object.entries(manifest.experiments).map(([name, [first]]) => [name, first!]))
}
