import type { PageConfig } from '../page-config.ts'

/** What the page is told of the numbers that its API takes, where those are of one country. */
export type PhonePlan = Readonly<{
  /** How few digits a number may have, as it is dialled within the country. */
  shortest: number
}>

/** No country has numbers that are shorter. */
const ofAnyCountry: PhonePlan = { shortest: 4 }

/** Undefined where numbers may be from any country and have to be whole. */
export function planToldBy({ phone }: Pick<PageConfig, 'phone'>): PhonePlan | undefined {
  // Nobody told it to a page from a host that only serves files: there the API alone looks closely.
  return phone === undefined ? ofAnyCountry : (phone ?? undefined)
}
