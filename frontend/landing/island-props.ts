import type { FilmProps } from '../ui/film.tsx'
import type { FormWords } from './form/form-words.ts'
import type { PageFlags } from './page-flags.ts'

export type Call = Readonly<{ href: string; shown: string }>

/**
 * What each island is drawn with. The build writes it into the page beside the markup drawn with it, so the browser
 * cannot draw anything else, and no word of the page is in the scripts.
 */
export type IslandProps = Readonly<{
  'lead-form': Readonly<{
    words: FormWords
    /** Names the text of consent that stands in `words`. */
    consentVersion: string
    language: string
    flags: PageFlags
    variant: string
    action: string
    /** Where a visitor goes whose number is kept; absent: they stay. */
    thanks?: string
    /** The firm's number: where it leads, and as it stands in the words. */
    call: Call
  }>
  film?: FilmProps
}>

export type IslandName = keyof IslandProps

/** The id of the element that holds them as JSON. */
export const islandPropsId = 'island-props'
