/** What the API decided about this page view. */
export type PageConfig = Readonly<{
  language: string
  /** The variant of each experiment. */
  variants: Readonly<Record<string, string>>
  /** The variants as one word, such as `hero.a`. */
  word: string
  flags: Readonly<Record<string, boolean | number | string>>
  /** An operator looks: nothing is recorded. */
  preview: boolean
}>

/** The id of the element that holds it as JSON. */
export const pageConfigId = 'page-config'
