import type { FormWords } from '../form/form-words.ts'
import * as en from './en.ts'
import * as fa from './fa.ts'

/** What the page says around its sections. */
export type PageWords = Readonly<{
  skip: string
  callUs: string
  languages: string
  privacy: string
  /** Leads from the short answer to the whole notice. */
  wholeNotice: string
  /** `{date}` is when the notice was last changed. */
  updated: string
  playFilm: string
  filmMissing: string
}>

/** What stands in brackets in `text` leads to the page. */
type Answer = Readonly<{ title: string; heading: string; text: string }>

/** What nginx says to people when it answers itself. `bun run campaign:nginx` writes them where it reads them. */
export type AnswerWords = Readonly<
  Record<'unreadable' | 'too_large' | 'rate_limited' | 'unavailable' | 'not_found' | 'method', Answer>
>

/** The words that a language brings along, whatever the campaign. `{brand}`, `{phone}` and `{sample}` are filled in. */
export type StockWords = Readonly<{ form: FormWords; page: PageWords; answers: AnswerWords }>

const languages: Readonly<Record<string, StockWords>> = { en, fa }

/** The languages that bring their words along. */
export const stockLanguages: readonly string[] = Object.keys(languages)

/** The words of a language, `de-at` having those of `de`; undefined where it brings none along. */
export function stockWords(language: string): StockWords | undefined {
  return languages[language] ?? languages[language.split('-', 1)[0]!]
}
