import type { Firm } from '../landing/campaign.ts'

/** Larkfield Solar is made up, and its numbers are of those that are kept for fiction. */
export const firm: Firm = {
  name: 'Larkfield Solar',
  shortName: 'Larkfield',
  phone: { dialled: '+441134960142', shown: '0113 496 0142', sample: '07700 900 123' },
  openingHours: 'Mo-Sa 08:00-20:00',
  priceRange: '££',
  address: {
    addressLocality: 'Leeds',
    addressRegion: 'West Yorkshire',
    addressCountry: 'GB',
  },
}
