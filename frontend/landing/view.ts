import type { Campaign } from './campaign.ts'
import type { Content } from './content.ts'
import type { Call } from './island-props.ts'
import { numeralIn } from './words/numerals.ts'
import { type Words, wordsOf } from './words/words-of.ts'

/** All that a part of the page is drawn from: the campaign, seen in one of its languages. */
export type View = Readonly<{ campaign: Campaign; language: string; content: Content; words: Words }>

/** @throws Error in one sentence where words are missing. */
export function viewOf(campaign: Campaign, language: string): View {
  const lacking = lackingWords(campaign, language)
  if (lacking.length > 0) throw new Error(`The words of ${language} lack ${lacking.join(', ')}`)
  const words = wordsOf(campaign, language)
  return { campaign, language, content: words.fill(campaign.languages[language]!), words }
}

/** Which of the words are missing that no page can do without, such as `hero.b.title`. */
export function lackingWords({ languages, variants }: Campaign, language: string): string[] {
  const { locale, title, description, privacy, hero }: Partial<Content> = languages[language] ?? {}
  const words: Readonly<Record<string, string | undefined>> = {
    locale,
    title,
    description,
    'privacy.question': privacy?.question,
    'privacy.answer': privacy?.answer,
    ...Object.fromEntries(
      Object.keys(variants).flatMap((variant) => [
        [`hero.${variant}.title`, hero?.[variant]?.title],
        [`hero.${variant}.text`, hero?.[variant]?.text],
      ]),
    ),
  }
  return Object.keys(words).filter((path) => typeof words[path] !== 'string')
}

/** The firm's number: where it leads, and as it stands in the words. */
export function callOf({ campaign, content }: View): Call {
  const { phone } = campaign.firm
  return { href: `tel:${phone.dialled}`, shown: numeralIn(content.locale, phone.shown) }
}

/** Where a language's privacy notice is. */
export function noticePathOf(language: string): string {
  return `/privacy-${language}.html`
}

/** Where a language's page is, below the public address. */
export function pathOf(language: string): string {
  return `/${language}`
}
