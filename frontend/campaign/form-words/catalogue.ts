import type { Language } from '../experiments.ts'
import { formWordsEn } from './en.ts'
import { formWordsFa } from './fa.ts'
import type { FormWords } from './form-words.ts'

/** The form's words by language. */
export const formWords: Readonly<Record<Language, FormWords>> = { en: formWordsEn, fa: formWordsFa }
