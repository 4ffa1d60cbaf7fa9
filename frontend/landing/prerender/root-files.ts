import { contents } from '../../campaign/content/catalogue.ts'
import { languages } from '../../campaign/experiments.ts'
import { firm } from '../../campaign/firm.ts'
import { pathOf } from './head.tsx'

/** The texts at the root of the site that follow from its languages, by path. The API fills in `%public_url%`. */
export function rootFiles(): Readonly<Record<string, string>> {
  const manifests = languages.map((language) => [`site-${language}.webmanifest`, manifest(language)])
  return { 'robots.txt': robots, 'sitemap.xml': sitemap(), ...Object.fromEntries(manifests) }
}

const robots = `User-agent: *
Allow: /
Disallow: /api/

Sitemap: %public_url%/sitemap.xml
`

function sitemap(): string {
  const link = (language: string, path: string) =>
    `    <xhtml:link rel="alternate" hreflang="${language}" href="%public_url%${path}"/>\n`
  const alternates = [...languages.map((each) => link(each, pathOf(each))), link('x-default', '/')].join('')
  const urls = languages.map(
    (each) => `  <url>\n    <loc>%public_url%${pathOf(each)}</loc>\n${alternates}  </url>\n`,
  )
  return `<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">
${urls.join('')}</urlset>
`
}

function manifest(language: (typeof languages)[number]): string {
  const { brand, description, locale, dir } = contents[language]
  const icon = (size: number, purpose: string, name = `icon-${size}`) => ({
    src: `/${name}.png`,
    sizes: `${size}x${size}`,
    type: 'image/png',
    purpose,
  })
  return JSON.stringify({
    name: brand,
    short_name: firm.shortName,
    description,
    lang: locale,
    dir,
    start_url: `/${language}`,
    display: 'browser',
    background_color: '#fbf9f4',
    theme_color: '#0f5b4c',
    icons: [
      icon(192, 'any'),
      icon(512, 'any'),
      icon(192, 'maskable', 'icon-maskable-192'),
      icon(512, 'maskable', 'icon-maskable-512'),
    ],
  })
}
