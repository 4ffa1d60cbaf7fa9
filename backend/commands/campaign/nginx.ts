import type { Campaign } from '../../../frontend/landing/campaign.ts'
import type { AnswerWords } from '../../../frontend/landing/words/stock.ts'
import { wordsOf } from '../../../frontend/landing/words/words-of.ts'
import { isCampaignPath } from '../../page/manifest.ts'

/** The files that nginx reads of a campaign, by their paths in the repository. */
export function nginxFiles(campaign: Campaign): Readonly<Record<string, string>> {
  return { 'docker/nginx/words.conf': nginxWords(campaign), 'docker/nginx/paths.conf': nginxPaths(campaign) }
}

/**
 * Where the page is found beside `/` and its languages. Each path is named, so that no address that is made up becomes
 * a page in the cache.
 */
export function nginxPaths({ paths = [] }: Campaign): string {
  const wrong = paths.find((path) => !isCampaignPath(path))
  if (wrong !== undefined)
    throw new Error(
      `${wrong} is no path of a campaign: three or more of a-z, 0-9 and -, and none that is taken`,
    )
  const head = '# The paths of the campaign, written by `bun run campaign:nginx`.\n'
  if (paths.length === 0) return head
  return `${head}location ~ ^/(?:${paths.join('|')})/?$ {
  include docker/nginx/page.conf;
  include docker/nginx/security-headers.conf;
  add_header X-Cache $upstream_cache_status always;
}

# In capitals the API knows them, and leads to their small letters.
location ~* ^/(?:${paths.join('|')})/?$ {
  include docker/nginx/proxy.conf;
  include docker/nginx/security-headers.conf;
}
`
}

const names = ['unreadable', 'too_large', 'rate_limited', 'unavailable', 'not_found', 'method'] as const

/** What nginx says itself, in the languages of a campaign. */
export function nginxWords(campaign: Campaign): string {
  const [first, ...others] = Object.keys(campaign.languages) as [string, ...string[]]
  const all = new Map([first, ...others].map((language) => [language, wordsOf(campaign, language)]))
  const words = (language: string) => all.get(language)!
  const map = (source: string, variable: string, of: (language: string) => string, values = of) =>
    [
      `map ${source} ${variable} {`,
      ...others.map((language) => `  ${of(language)};`),
      `  default ${values(first)};`,
      '}',
    ].join('\n')
  const by = (variable: string, value: (language: string) => string) =>
    map('$words_language', variable, (language) => `${language} ${value(language)}`, value)

  return [
    `# What nginx says itself, in the language of the page that the visitor saw, else in one that the browser likes.
# Written by \`bun run campaign:nginx\` from the words of the campaign and, where it has none, of frontend/landing/words.`,
    map(
      '"$page_language $http_accept_language"',
      '$words_language',
      (language) => `"~*^ ?${patternOf(language, others)}\\b" ${language}`,
      (language) => language,
    ),
    by('$words_direction', (language) => words(language).dir),
    ...names.map((name) => by(`$words_${name}`, (language) => `"${pageOf(words(language).answers[name])}"`)),
    '',
  ].join('\n')
}

/** `pt-br` answers those who ask for `pt` as well, unless that is a language of its own. */
function patternOf(language: string, languages: readonly string[]): string {
  const [primary, region] = language.split('-') as [string, string?]
  return region && !languages.includes(primary) ? `${primary}(?:-${region})?` : language
}

function pageOf({ title, heading, text }: AnswerWords[(typeof names)[number]]): string {
  const withLink = escaped(text).replace(/\[([^[\]]+)\]/g, "<a href='/'>$1</a>")
  return `<title>${escaped(title)}</title><h1>${escaped(heading)}</h1><p>${withLink}</p>`
}

/** Text that is neither markup nor a quote, an escape or a variable of nginx. */
function escaped(text: string): string {
  return text.replace(/[&<>"'\\$]/g, (character) => `&#${character.charCodeAt(0)};`).replace(/\s+/g, ' ')
}
