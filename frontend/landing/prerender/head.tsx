import { type Colours, styleOf } from '../colours/colours.ts'
import { pathOf, type View } from '../view.ts'

const shareSize = { width: '1200', height: '630' }

/**
 * What `<head>` says to search engines, to those who share the page, and to the browser. Each language is known by an
 * address of its own; `/` speaks whatever the visitor does, so it stands for none of them.
 */
export function Head({ campaign, language, content, words }: View) {
  const { title, description, locale, font } = content
  const languages = Object.keys(campaign.languages)
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
      <link rel="alternate" hrefLang="x-default" href={`%public_url%${pathOf(languages[0]!)}`} />
      <link rel="manifest" href={`/site-${language}.webmanifest`} />
      <meta property="og:type" content="website" />
      <meta property="og:site_name" content={words.brand} />
      <meta property="og:title" content={title} />
      <meta property="og:description" content={description} />
      <meta property="og:url" content={address} />
      <meta property="og:locale" content={locale.replace('-', '_')} />
      <meta property="og:image" content={`%public_url%/share-${language}.jpg`} />
      <meta property="og:image:width" content={shareSize.width} />
      <meta property="og:image:height" content={shareSize.height} />
      <meta property="og:image:alt" content={title} />
      <meta name="twitter:card" content="summary_large_image" />
      <Looks colours={campaign.colours} />
      {campaign.scripts?.map((path) => (
        <script key={path} defer src={path} />
      ))}
    </>
  )
}

/** The head of the privacy notice, which is found from the page and needs no picture. */
export function NoticeHead({ campaign, content, words, title }: View & Readonly<{ title: string }>) {
  return (
    <>
      <title>{`${title} | ${words.brand}`}</title>
      <meta name="description" content={content.notice!.intro} />
      {content.font && <link rel="preload" href={content.font} as="font" type="font/woff2" crossOrigin="" />}
      <Looks colours={campaign.colours} />
    </>
  )
}

function Looks({ colours }: Readonly<{ colours: Colours }>) {
  return (
    <>
      <meta name="theme-color" media="(prefers-color-scheme: light)" content={colours.light.page} />
      <meta name="theme-color" media="(prefers-color-scheme: dark)" content={colours.dark.page} />
      <style>{styleOf(colours)}</style>
    </>
  )
}
