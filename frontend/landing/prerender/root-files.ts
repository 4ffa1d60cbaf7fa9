import type { Campaign } from '../campaign.ts'
import { pathOf, type View, viewOf } from '../view.ts'

/** The texts at the root of the site that follow from its languages, by path. The API fills in `%public_url%`. */
export function rootFiles(campaign: Campaign): Readonly<Record<string, string>> {
  const languages = Object.keys(campaign.languages)
  const manifests = languages.map((each) => [`site-${each}.webmanifest`, manifest(viewOf(campaign, each))])
  return { 'robots.txt': robots, 'sitemap.xml': sitemap(languages), ...Object.fromEntries(manifests) }
}

const robots = `User-agent: *
Allow: /
Disallow: /api/

Sitemap: %public_url%/sitemap.xml
`

function sitemap(languages: readonly string[]): string {
  const link = (language: string, path: string) =>
    `    <xhtml:link rel="alternate" hreflang="${language}" href="%public_url%${path}"/>\n`
  const alternates = [
    ...languages.map((each) => link(each, pathOf(each))),
    link('x-default', pathOf(languages[0]!)),
  ].join('')
  const urls = languages.map(
    (each) => `  <url>\n    <loc>%public_url%${pathOf(each)}</loc>\n${alternates}  </url>\n`,
  )
  return `<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">
${urls.join('')}</urlset>
`
}

function manifest({ campaign, language, content, words }: View): string {
  const icon = (size: number, purpose: string, name = `icon-${size}`) => ({
    src: `/${name}.png`,
    sizes: `${size}x${size}`,
    type: 'image/png',
    purpose,
  })
  return JSON.stringify({
    name: words.brand,
    short_name: campaign.firm.shortName ?? words.brand,
    description: content.description,
    lang: content.locale,
    dir: words.dir,
    start_url: pathOf(language),
    display: 'browser',
    background_color: campaign.colours.light.page,
    theme_color: campaign.colours.light.brand,
    icons: [
      icon(192, 'any'),
      icon(512, 'any'),
      icon(192, 'maskable', 'icon-maskable-192'),
      icon(512, 'maskable', 'icon-maskable-512'),
    ],
  })
}
