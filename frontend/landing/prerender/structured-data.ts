import { pathOf, type View } from '../view.ts'

/** The firm and its answers, as search engines read them (JSON-LD). */
export function structuredData({ campaign, language, content, words }: View): unknown {
  const { phone, priceRange, address, openingHours } = campaign.firm
  const business = {
    '@type': address ? 'LocalBusiness' : 'Organization',
    '@id': '%public_url%/#business',
    name: words.brand,
    description: content.description,
    url: `%public_url%${pathOf(language)}`,
    image: `%public_url%/share-${language}.jpg`,
    telephone: phone.dialled,
    ...(address && { address: { '@type': 'PostalAddress', ...address }, priceRange, openingHours }),
  }
  const faq = {
    '@type': 'FAQPage',
    inLanguage: content.locale,
    mainEntity: [...(content.questions?.list ?? []), content.privacy].map(({ question, answer }) => ({
      '@type': 'Question',
      name: question,
      acceptedAnswer: { '@type': 'Answer', text: answer },
    })),
  }
  return { '@context': 'https://schema.org', '@graph': [business, faq] }
}
