import type { FormWords } from '../../../../frontend/landing/form/form-words.ts'
import { type View, viewOf } from '../../../../frontend/landing/view.ts'
import { versionOf } from '../../../../frontend/landing/words/words-of.ts'
import { campaign } from './campaign.ts'

/** The languages and variants of the campaign of the tests. */
export const languages = Object.keys(campaign.languages) as ('en' | 'fa')[]
export const variants = Object.keys(campaign.variants) as ('a' | 'b')[]

/** What its page shows in a language. */
export const shown: Readonly<Record<'en' | 'fa', View>> = {
  en: viewOf(campaign, 'en'),
  fa: viewOf(campaign, 'fa'),
}

/** The words of its form by language, those of no variant in particular. */
export const formWords: Readonly<Record<'en' | 'fa', FormWords>> = {
  en: shown.en.words.form,
  fa: shown.fa.words.form,
}

/** What a lead keeps of the consent that was given in English. */
export const consentVersion = versionOf('en', formWords.en.consent)
