import type { Language } from '../experiments.ts'
import type { Content } from './content.ts'
import { contentEn } from './en.ts'
import { contentFa } from './fa.ts'

/** The page's words by language. A new campaign is an edit of these, and of the form's. */
export const contents: Readonly<Record<Language, Content>> = { en: contentEn, fa: contentFa }
