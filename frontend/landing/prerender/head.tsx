import type { Content } from '../../campaign/content/content.ts'
import { type Language, languages } from '../../campaign/experiments.ts'

const shareSize = { width: '1200', height: '630' }

/** Where a language's page is, below the public address: the first language's is the root. */
export function pathOf(language: Language): string {
  return language === languages[0] ? '/' : `/${language}`
}

/** What `<head>` says to search engines, to those who share the page, and to the browser, in this language. */
export function Head({ content, language }: Readonly<{ content: Content; language: Language }>) {
  const { title, description, brand, locale, font, house } = content
  const address = `%public_url%${pathOf(language)}`
  return (
    <>
      <title>{title}</title>
      <meta name="description" content={description} />
      {font && <link rel="preload" href={font} as="font" type="font/woff2" crossOrigin="" />}
      <link rel="canonical" href={address} />
      {languages.map((each) => (
        <link key={each} rel="alternate" hrefLang={each} href={`%public_url%${pathOf(each)}`} />
      ))}
      <link rel="alternate" hrefLang="x-default" href="%public_url%/" />
      <link rel="manifest" href={`/site-${language}.webmanifest`} />
      <meta property="og:type" content="website" />
      <meta property="og:site_name" content={brand} />
      <meta property="og:title" content={title} />
      <meta property="og:description" content={description} />
      <meta property="og:url" content={address} />
      <meta property="og:locale" content={locale.replace('-', '_')} />
      <meta property="og:image" content={`%public_url%/share-${language}.jpg`} />
      <meta property="og:image:width" content={shareSize.width} />
      <meta property="og:image:height" content={shareSize.height} />
      <meta property="og:image:alt" content={house.alt} />
      <meta name="twitter:card" content="summary_large_image" />
    </>
  )
}
