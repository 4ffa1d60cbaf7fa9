import type { Campaign } from './campaign.ts'
import type { Content } from './content.ts'
import { type Words, wordsOf } from './words/words-of.ts'

/** All that a part of the page is drawn from: the campaign, seen in one of its languages. */
export type View = Readonly<{ campaign: Campaign; language: string; content: Content; words: Words }>

/** @throws Error in one sentence where words are missing. */
export function viewOf(campaign: Campaign, language: string): View {
  const words = wordsOf(campaign, language)
  return { campaign, language, content: words.fill(campaign.languages[language]!), words }
}

/** Where a language's privacy notice is. */
export function noticePathOf(language: string): string {
  return `/privacy-${language}.html`
}

/** Where a language's page is, below the public address. */
export function pathOf(language: string): string {
  return `/${language}`
}
