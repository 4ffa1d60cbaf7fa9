import { formWordsEn } from './en.ts'
import type { FormWords } from './form-words.ts'

export const formWordsFa: FormWords = { ...formWordsEn }
