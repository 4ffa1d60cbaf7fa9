import { renderToStaticMarkup } from 'react-dom/server'
import { contents } from '../../campaign/content/catalogue.ts'
import { experiments, languages, pageFlags } from '../../campaign/experiments.ts'
import { formWords } from '../../campaign/form-words/catalogue.ts'
import { type IslandProps, islandPropsId } from '../island-props.ts'
import { formAction, uploadedAt } from '../origin.ts'
import { Page } from '../page.tsx'
import { pageConfigId } from '../page-config.ts'
import { Head } from './head.tsx'
import { allPageKeys, nameOf, type PageKey, wordOf } from './page-keys.ts'
import { withPlaceholders } from './placeholders.ts'
import { structuredData } from './structured-data.ts'

// Everything that the build asks for is asked of this file.
export { rootFiles } from './root-files.ts'

/** What the API needs to know of a build: what can be drawn, and the file of each page. */
export function pageListing() {
  const files = allPageKeys().map((key) => [nameOf(key), fileOf(key)] as const)
  return { languages, experiments, flags: pageFlags, pages: Object.fromEntries(files) }
}

/** The file of each page in the build, the fallback's first, with a way to draw it into index.html. */
export function pages() {
  return allPageKeys().map((key) => ({ file: fileOf(key), draw: (html: string) => draw(html, key) }))
}

/** The page that an address asks a frontend developer's server for, such as `/?variant=hero.b&language=fa`. */
export function drawForAddress(html: string, address: string): string {
  const { pathname, searchParams } = new URL(address, 'http://localhost')
  const language = searchParams.get('language') ?? pathname.slice(1)
  const asked = (searchParams.get('variant') ?? '').split('-')
  const rank = (key: PageKey) =>
    (key.language === language ? 100 : 0) +
    nameOf(key)
      .slice(key.language.length + 1)
      .split('-')
      .filter((part) => asked.includes(part)).length
  const key = allPageKeys().reduce((best, next) => (rank(next) > rank(best) ? next : best))
  return fillByDefault(draw(html, key), key, { preview: true })
}

/** The first page with what the API would fill in, for hosts that only serve files. */
export function fillFallback(html: string, publicUrl: string): string {
  return fillByDefault(html, allPageKeys()[0]!, { publicUrl })
}

const fileOf = (key: PageKey) => `pages/${nameOf(key)}.html`

function draw(html: string, key: PageKey): string {
  const { language, variants, flags } = key
  const content = contents[language]
  const { film } = content.steps
  const words = { ...formWords[language], ...content.hero[variants.hero].form }
  const islands: IslandProps = {
    'lead-form': { words, language, flags, variant: wordOf(variants), action: formAction },
    film: { ...film, uploaded: uploadedAt(film.uploaded) },
  }
  const parts: Record<string, string> = {
    head: renderToStaticMarkup(<Head content={content} language={language} />),
    page: withPlaceholders(
      renderToStaticMarkup(<Page content={content} variants={variants} islands={islands} />),
    ),
    data:
      script('application/json', '%config%', pageConfigId) +
      script('application/json', json(islands), islandPropsId) +
      script('application/ld+json', json(structuredData(content, language))),
  }
  return html
    .replace(
      '<html lang="en">',
      `<html lang="${content.locale}" dir="${content.dir}" data-page="${wordOf(variants)}">`,
    )
    .replace(/%(\w+)%/g, (placeholder, name: string) => parts[name] ?? placeholder)
}

function fillByDefault(
  html: string,
  { language, variants, flags }: PageKey,
  { publicUrl = '', preview = false },
): string {
  const parts: Record<string, string> = {
    public_url: publicUrl,
    notice: '',
    notice_hidden: 'hidden',
    film_hidden: '',
    config: json({ language, variants, word: wordOf(variants), flags, preview }),
  }
  return html.replace(/%(\w+)%/g, (placeholder, name: string) => parts[name] ?? placeholder)
}

function script(type: string, text: string, id?: string): string {
  return `<script type="${type}"${id ? ` id="${id}"` : ''}>${text}</script>`
}

/** JSON that cannot end the script element it stands in. */
function json(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c')
}
