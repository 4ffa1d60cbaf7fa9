import type { Hero } from '../landing/campaign.ts'
import { WithFormBeside } from '../landing/heroes/with-form-beside.tsx'

/** What visitors may see first: a composition for each variant, of those in landing/heroes. */
export const variants = { a: WithFormBeside } satisfies Record<string, Hero>

export type Variant = keyof typeof variants
