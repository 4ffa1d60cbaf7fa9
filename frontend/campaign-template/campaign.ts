import type { Campaign } from '../landing/campaign.ts'
import { colours } from './colours.ts'
import { firm } from './firm.ts'
import { type Variant, variants } from './variants.ts'
import { en } from './words/en.ts'

/** The campaign that is built: all that is its own is in this folder. */
export const campaign: Campaign<Variant> = { firm, colours, variants, languages: { en } }
