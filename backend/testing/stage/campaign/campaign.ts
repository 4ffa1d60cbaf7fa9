import type { Campaign } from '../../../../frontend/landing/campaign.ts'
import { coloursOf } from '../../../../frontend/landing/colours/colours.ts'
import { WithComparison } from '../../../../frontend/landing/heroes/with-comparison.tsx'
import { WithPicture } from '../../../../frontend/landing/heroes/with-picture.tsx'
import { en } from './words/en.ts'
import { fa } from './words/fa.ts'

/**
 * The campaign that tests look at: of everything something, in two languages and two variants. What a real campaign
 * says in frontend/campaign is its own business, and no test holds it.
 */
export const campaign: Campaign<'a' | 'b'> = {
  firm: {
    name: 'Ashgrove Boilers',
    shortName: 'Ashgrove',
    phone: { dialled: '+441632960217', shown: '01632 960 217', sample: '07700 900 123' },
    openingHours: 'Mo-Fr 08:00-18:00',
    priceRange: '££',
    address: { addressLocality: 'Ashgrove', addressCountry: 'GB' },
  },
  colours: coloursOf({ brand: '#1f4e79', accent: '#ffd98a' }),
  variants: { a: WithPicture, b: WithComparison },
  languages: { en, fa },
  paths: ['spring', 'radio-ashgrove'],
}
