import type { Hero } from '../landing/campaign.ts'
import { WithComparison } from '../landing/heroes/with-comparison.tsx'
import { WithPicture } from '../landing/heroes/with-picture.tsx'

/** What visitors may see first: one composition for each variant. The words of each are in `words/`. */
export const variants = { a: WithPicture, b: WithComparison } satisfies Record<string, Hero>

export type Variant = keyof typeof variants
