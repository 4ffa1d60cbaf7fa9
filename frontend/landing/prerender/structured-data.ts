import type { Content } from '../../campaign/content/content.ts'
import type { Language } from '../../campaign/experiments.ts'
import { firm, phoneAddress } from '../../campaign/firm.ts'
import { pathOf } from './head.tsx'

/** The firm and its answers, as search engines read them (JSON-LD). */
export function structuredData(content: Content, language: Language): unknown {
  const { brand, description, questions } = content
  const business = {
    '@type': 'LocalBusiness',
    '@id': '%public_url%/#business',
    name: brand,
    description,
    url: `%public_url%${pathOf(language)}`,
    image: `%public_url%/share-${language}.jpg`,
    telephone: phoneAddress.replace('tel:', ''),
    priceRange: firm.priceRange,
    address: { '@type': 'PostalAddress', ...firm.address },
    openingHours: firm.openingHours,
  }
  const faq = {
    '@type': 'FAQPage',
    inLanguage: content.locale,
    mainEntity: [...questions.list, questions.privacy].map(({ question, answer }) => ({
      '@type': 'Question',
      name: question,
      acceptedAnswer: { '@type': 'Answer', text: answer },
    })),
  }
  return { '@context': 'https://schema.org', '@graph': [business, faq] }
}
