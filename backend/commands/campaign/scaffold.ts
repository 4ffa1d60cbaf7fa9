import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { getExampleNumber, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import examples from 'libphonenumber-js/mobile/examples'
import { stockWords } from '../../../frontend/landing/words/stock.ts'

/** What a new campaign is begun with. */
export type Beginning = Readonly<{
  name: string
  languages: readonly string[]
  variants: readonly string[]
  /** The firm's number in E.164. */
  phone: string
  colours: Readonly<{ brand: string; accent: string }>
}>

/** What a campaign has that was begun without them. */
export const defaults = {
  languages: ['en'],
  variants: ['a'],
  phone: '+441632960001',
  colours: { brand: '#1f4e79', accent: '#f2b441' },
} as const

const templateDir = join(import.meta.dir, '../../../frontend/campaign-template')
const template = (path: string) => readFileSync(join(templateDir, path), 'utf8')

/** The files of a new campaign by their paths in its folder. */
export function scaffold(beginning: Beginning): Readonly<Record<string, string>> {
  const { languages, variants, colours } = beginning
  const inEach = (path: string, of: (language: string) => string) =>
    Object.fromEntries(languages.map((language) => [`${path}/${language}.ts`, of(language)]))
  return {
    'campaign.ts': template('campaign.ts')
      .replace(
        /^import \{ en \}.*\n/m,
        languages.map((each) => `import { ${nameOf(each)} } from './words/${each}.ts'\n`).join(''),
      )
      .replace('languages: { en }', `languages: { ${languages.map(propertyOf).join(', ')} }`),
    'variants.ts': template('variants.ts').replace(
      'a: WithFormBeside',
      variants.map((variant) => `${variant}: WithFormBeside`).join(', '),
    ),
    'colours.ts': template('colours.ts')
      .replace(defaults.colours.brand, colours.brand)
      .replace(defaults.colours.accent, colours.accent),
    'firm.ts': firmOf(beginning),
    'public/icon.svg': iconOf(beginning),
    ...inEach('words', (language) => wordsIn(language, beginning)),
    ...inEach('notice', (language) => translated(template('notice/en.ts'), language)),
  }
}

/** The name of a language in code: `pt-br` is `ptBr`. */
function nameOf(language: string): string {
  return language.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
}

const propertyOf = (language: string) =>
  nameOf(language) === language ? language : `'${language}': ${nameOf(language)}`

function firmOf({ name, phone }: Beginning): string {
  const number = parsePhoneNumberFromString(phone)!
  if (phone === defaults.phone) return template('firm.ts').replace("'Your Firm'", () => quoted(name))
  const country = number.country ?? number.getPossibleCountries()[0]
  const sample = (country && getExampleNumber(country, examples)?.formatNational()) ?? phone
  return (
    template('firm.ts')
      // A name may hold what means something in a replacement, such as $$.
      .replace("'Your Firm'", () => quoted(name))
      .replace(`'${defaults.phone}'`, quoted(number.number))
      .replace("'01632 960 001'", quoted(number.formatNational()))
      .replace("'07400 123456'", quoted(sample))
  )
}

/** The first letter of the firm on its colour, until there is an icon. */
function iconOf({ name, colours }: Beginning): string {
  const letter = [...name][0]!.toUpperCase().replace(/[&<>"]/, '')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><title>${letter}</title><rect width="64" height="64" rx="14" fill="${colours.brand}"/><text x="32" y="45" text-anchor="middle" font-family="system-ui, sans-serif" font-weight="700" font-size="38" fill="#fff">${letter}</text></svg>\n`
}

function wordsIn(language: string, { variants, phone }: Beginning): string {
  const words = template('words/en.ts')
    .replace('export const en:', `export const ${nameOf(language)}:`)
    .replace("locale: 'en'", `locale: ${quoted(localeOf(language, phone))}`)
    .replace("'../notice/en.ts'", `'../notice/${language}.ts'`)
    .replace(/^ {4}a: \{\n[\s\S]*?\n {4}\},\n/m, (hero) =>
      variants.map((variant) => hero.replace('a: {', `${variant}: {`)).join(''),
    )
  const own = stockWords(language) ? '' : ownWords()
  return translated(own ? words.replace(/^ {2}form: \{[\s\S]*?\n {2}\},\n/m, own) : words, language)
}

/** English telephones in its own way almost everywhere it is spoken. */
function localeOf(language: string, phone: string): string {
  const [primary, region] = language.split('-') as [string, string?]
  if (region) return `${primary}-${region.length === 2 ? region.toUpperCase() : region}`
  const country = parsePhoneNumberFromString(phone)?.country
  const isEnglish =
    primary === 'en' && ['GB', 'IE', 'US', 'CA', 'AU', 'NZ', 'ZA', 'IN'].includes(country ?? '')
  return isEnglish ? `en-${country}` : primary
}

/** All words that a language brings along elsewhere, for one that does not. */
function ownWords(): string {
  const { form, page, answers } = stockWords('en')!
  const printed = (value: unknown): string => {
    if (typeof value === 'string') return quoted(value)
    if (Array.isArray(value)) return `[${value.map(printed).join(', ')}]`
    return `{ ${Object.entries(value as object)
      .map(([name, inner]) => `${name}: ${printed(inner)}`)
      .join(', ')} }`
  }
  return `  form: ${printed(form)},\n  page: ${printed(page)},\n  answers: ${printed(answers)},\n`
}

/** Marks every English text as one that is still to be written. */
function translated(source: string, language: string): string {
  if (language === 'en' || language.startsWith('en-')) return source
  return source.replace(/(?<=: |\[|, |^ +)'((?:[^'\\\n]|\\.)*)'/gm, (literal, text: string, at: number) => {
    const isRead = !/locale: $/.test(source.slice(0, at)) && text !== '{sample}' && !/^[\d-]+$/.test(text)
    return isRead ? `'[[${text.replaceAll('[[', '').replaceAll(']]', '')}]]'` : literal
  })
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n')}'`
}
