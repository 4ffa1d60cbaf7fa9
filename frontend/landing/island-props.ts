import type { Language, PageFlags } from '../campaign/experiments.ts'
import type { FormWords } from '../campaign/form-words/form-words.ts'
import type { FilmProps } from '../ui/film.tsx'

/**
 * What each island is drawn with. The build writes it into the page beside the markup drawn with it, so the browser
 * cannot draw anything else, and no word of the page is in the scripts.
 */
export type IslandProps = Readonly<{
  'lead-form': Readonly<{
    words: FormWords
    language: Language
    flags: PageFlags
    variant: string
    action: string
  }>
  film: FilmProps
}>

export type IslandName = keyof IslandProps

/** The id of the element that holds them as JSON. */
export const islandPropsId = 'island-props'
