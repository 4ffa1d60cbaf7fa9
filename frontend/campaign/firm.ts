import type { Language } from './experiments.ts'

/** The number visitors may ring, as it is dialled. The firm is made up; the number is one of those kept for fiction. */
export const phoneAddress = 'tel:+441134960142'

/** The same as people read it. No-break spaces keep it on one line, and in one piece where text runs right to left. */
export const phoneShown: Readonly<Record<Language, string>> = {
  en: '0113\u00a0496\u00a00142',
  fa: '۰۱۱۳\u00a0۴۹۶\u00a0۰۱۴۲',
}

/** What search engines and home screens are told of the firm, the same in every language. */
export const firm = {
  shortName: 'Larkfield',
  priceRange: '££',
  openingHours: 'Mo-Sa 08:00-20:00',
  address: {
    addressLocality: 'Leeds',
    addressRegion: 'West Yorkshire',
    addressCountry: 'GB',
  },
} as const
