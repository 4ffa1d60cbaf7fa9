import { createHash } from 'node:crypto'
import type { Campaign } from '../campaign.ts'
import type { Changes } from '../content.ts'
import type { FormWords } from '../form/form-words.ts'
import { inDigitsOf, nameOfLanguage, numeralIn, type Writing, writingOf } from './numerals.ts'
import { type AnswerWords, type PageWords, type StockWords, stockLanguages, stockWords } from './stock.ts'

/** All that a page says in one language beside its sections, with the firm's name and numbers filled in. */
export type Words = Writing &
  Readonly<{
    /** The language's name in itself. */
    name: string
    brand: string
    /** The firm's number as this language writes it. */
    phone: string
    form: FormWords
    /** The words of the form in a variant. */
    formIn: (variant: string) => FormWords
    page: PageWords
    answers: AnswerWords
    /** Fills the firm's name and numbers into what a campaign says. */
    fill: <T>(said: T) => T
  }>

/**
 * The words of a campaign in one of its languages: what the language brings along, changed by what the campaign says.
 * @throws Error in one sentence where the language brings none along and the campaign does not say them all.
 */
export function wordsOf(campaign: Campaign, language: string): Words {
  const content = campaign.languages[language]!
  const { locale } = content
  const missing = missingWords(campaign, language)
  if (missing.length > 0)
    throw new Error(
      `Landfast brings words along for ${stockLanguages.join(', ')}, not for ${language}: write ${missing.join(', ')}`,
    )
  const writing = writingOf(locale)
  const { phone } = campaign.firm
  const brand = content.brand ?? campaign.firm.name
  const fill = <T>(value: T, isolated = true): T =>
    filled(value, {
      brand,
      phone: numeralIn(locale, phone.shown),
      sample: isolated ? numeralIn(locale, phone.sample) : inDigitsOf(locale, phone.sample),
    })
  const own: Changes<StockWords> = { form: content.form, page: content.page, answers: content.answers }
  const all = changed(stockWords(language), own) as StockWords
  const formOf = (form: FormWords): FormWords => ({
    ...fill(form),
    placeholder: fill(form.placeholder, false),
  })
  return {
    ...writing,
    name: nameOfLanguage(language),
    brand,
    phone: inDigitsOf(locale, phone.shown).replaceAll(' ', '\u00a0'),
    form: formOf(all.form),
    formIn: (variant) => formOf(changed(all.form, content.hero[variant]?.form) as FormWords),
    page: fill(all.page),
    answers: fill(all.answers),
    fill,
  }
}

/** The words, such as `form.label`, that neither the language nor the campaign brings. */
export function missingWords(campaign: Campaign, language: string): string[] {
  if (stockWords(language)) return []
  const { form, page, answers } = campaign.languages[language]!
  const said = new Set(pathsOf({ form, page, answers }))
  const { form: ofForm, page: ofPage, answers: ofAnswers } = stockWords('en')!
  return pathsOf({ form: ofForm, page: ofPage, answers: ofAnswers }).filter((path) => !said.has(path))
}

/**
 * Names the very text that somebody agreed to: it is stored with each lead, so a changed text is another version by
 * itself.
 */
export function versionOf(language: string, text: string): string {
  return `${language}-${createHash('sha256').update(text).digest('hex').slice(0, 8)}`
}

const isGroup = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function changed(words: unknown, changes: unknown): unknown {
  if (!isGroup(changes)) return changes ?? words
  const names = new Set([...Object.keys(isGroup(words) ? words : {}), ...Object.keys(changes)])
  const of = (group: unknown, name: string) => (isGroup(group) ? group[name] : undefined)
  return Object.fromEntries([...names].map((name) => [name, changed(of(words, name), changes[name])]))
}

function filled<T>(value: T, parts: Readonly<Record<string, string>>): T {
  if (typeof value === 'string')
    return value.replace(/\{(brand|phone|sample)\}/g, (_, name: string) => parts[name]!) as T
  if (Array.isArray(value)) return value.map((each) => filled(each, parts)) as T
  // An icon is no words.
  if (!isGroup(value) || '$$typeof' in value) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, filled(each, parts)])) as T
}

function pathsOf(value: unknown, path = ''): string[] {
  if (!isGroup(value)) return value === undefined ? [] : [path]
  return Object.entries(value).flatMap(([name, each]) => pathsOf(each, path ? `${path}.${name}` : name))
}
