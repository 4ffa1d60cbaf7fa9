import type { PhonePlan } from './form/phone-plan.ts'

/** What the API decided about this page view. */
export type PageView = Readonly<{
  language: string
  /** The variant of each experiment. */
  variants: Readonly<Record<string, string>>
  /** The variants as one word, such as `hero.a`. */
  word: string
  flags: Readonly<Record<string, boolean | number | string>>
  /** What is known of the numbers of the country that visitors are from; null where they may be from any. */
  phone?: PhonePlan | null
  /** An operator looks: nothing is recorded. */
  preview: boolean
  /** The page was loaded before anybody opened it: what the API is told by once it is looked at. */
  ahead?: string
  /** The form was posted without the script and refused: the API's word for why, and the page that it was posted from. */
  posted?: Readonly<{ code: string; page: string }>
}>

/** The id of the element that holds it as JSON: as it was called before, in pages that are built and kept. */
export const pageViewId = 'page-config'
