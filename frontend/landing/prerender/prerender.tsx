import { renderToStaticMarkup } from 'react-dom/server'
import type { Campaign } from '../campaign.ts'
import { type IslandProps, islandPropsId } from '../island-props.ts'
import { NoticePage } from '../notice-page.tsx'
import { formAction, uploadedAt } from '../origin.ts'
import { Page } from '../page.tsx'
import { pageFlags } from '../page-flags.ts'
import { pageViewId } from '../page-view.ts'
import { callOf, noticePathOf, type View, viewOf } from '../view.ts'
import { versionOf } from '../words/words-of.ts'
import { Head, NoticeHead } from './head.tsx'
import { allPageKeys, nameOf, type PageKey, wordOf } from './page-keys.ts'
import { withPlaceholders } from './placeholders.ts'
import { freshForm, postedForms } from './posted-form.tsx'
import { structuredData } from './structured-data.ts'

// Everything that the build asks for is asked of this file.
export { rootFiles } from './root-files.ts'

/** What the API needs to know of a build: what can be drawn, and the file of each page. */
export function pageListing(campaign: Campaign) {
  const files = allPageKeys(campaign).map((key) => [nameOf(key), fileOf(key)] as const)
  return {
    languages: Object.keys(campaign.languages),
    experiments: { hero: Object.keys(campaign.variants) },
    flags: pageFlags,
    pages: Object.fromEntries(files),
    freshForm,
    postedForms: Object.fromEntries(
      allPageKeys(campaign).map((key) => [
        nameOf(key),
        postedForms(islandsOf(viewOf(campaign, key.language), key)['lead-form']),
      ]),
    ),
    paths: campaign.paths ?? [],
    films: Object.fromEntries(
      Object.entries(campaign.languages).flatMap(([language, { steps }]) =>
        steps?.film?.uploaded.startsWith('/media/') ? [[language, steps.film.uploaded]] : [],
      ),
    ),
  }
}

/** The file of each page in the build, the fallback's first, with a way to draw it into index.html. */
export function pages(campaign: Campaign) {
  return allPageKeys(campaign).map((key) => ({
    file: fileOf(key),
    draw: (html: string) => draw(campaign, html, key),
  }))
}

/** The file of each privacy notice in the build, with a way to draw it into index.html. */
export function notices(campaign: Campaign) {
  return Object.keys(campaign.languages)
    .filter((language) => campaign.languages[language]!.notice)
    .map((language) => ({
      file: noticePathOf(language).slice(1),
      draw: (html: string) => drawNotice(viewOf(campaign, language), html),
    }))
}

/** The page that an address asks a frontend developer's server for, such as `/?variant=hero.b&language=fa`. */
export function drawForAddress(campaign: Campaign, html: string, address: string): string {
  const { pathname, searchParams } = new URL(address, 'http://localhost')
  const notice = notices(campaign).find(({ file }) => pathname === `/${file}`)
  if (notice) return notice.draw(html)
  const language = searchParams.get('language') ?? pathname.slice(1)
  const asked = (searchParams.get('variant') ?? '').split('-')
  const rank = (key: PageKey) =>
    (key.language === language ? 100 : 0) +
    nameOf(key)
      .slice(key.language.length + 1)
      .split('-')
      .filter((part) => asked.includes(part)).length
  const key = allPageKeys(campaign).reduce((best, next) => (rank(next) > rank(best) ? next : best))
  return fillByDefault(draw(campaign, html, key), key, { preview: true })
}

/** The first page with what the API would fill in, for hosts that only serve files, where it is at `/` alone. */
export function fillFallback(campaign: Campaign, html: string, publicUrl: string): string {
  const known = /(rel="canonical" href="|property="og:url" content=")%public_url%\/[\w-]+/g
  return fillByDefault(html.replace(known, '$1%public_url%/'), allPageKeys(campaign)[0]!, { publicUrl })
}

const fileOf = (key: PageKey) => `pages/${nameOf(key)}.html`

function draw(campaign: Campaign, html: string, key: PageKey): string {
  const view = viewOf(campaign, key.language)
  const islands = islandsOf(view, key)
  return drawInto(html, view, {
    attributes: ` data-page="${wordOf(key.variant)}"`,
    head: renderToStaticMarkup(<Head {...view} />),
    page: withPlaceholders(
      renderToStaticMarkup(<Page view={view} variant={key.variant} islands={islands} />),
    ),
    data:
      script('application/json', '%config%', pageViewId) +
      script('application/json', json(islands), islandPropsId) +
      script('application/ld+json', json(structuredData(view))),
  })
}

/** Without the page's script, for there is nothing to do on it. */
function drawNotice(view: View, html: string): string {
  const notice = view.content.notice!
  return drawInto(html.replace(/\s*<script type="module"[^>]* src="(?!\/@)[^"]*"><\/script>/g, ''), view, {
    attributes: '',
    head: renderToStaticMarkup(<NoticeHead {...view} title={notice.title} />),
    page: renderToStaticMarkup(<NoticePage view={view} notice={notice} />),
    data: '',
  })
}

function drawInto(html: string, { content, words }: View, parts: Readonly<Record<string, string>>): string {
  return html
    .replace('<html lang="en">', `<html lang="${content.locale}" dir="${words.dir}"${parts.attributes}>`)
    .replace(/%(\w+)%/g, (placeholder, name: string) => parts[name] ?? placeholder)
}

function islandsOf(view: View, { language, variant, flags }: PageKey): IslandProps {
  const { campaign, content, words } = view
  const film = content.steps?.film
  const form = words.formIn(variant)
  return {
    'lead-form': {
      words: form,
      consentVersion: versionOf(language, form.consent),
      language,
      flags,
      variant: wordOf(variant),
      action: formAction,
      thanks: campaign.thanks?.replaceAll('{language}', language),
      call: callOf(view),
    },
    film: film && {
      ...film,
      uploaded: uploadedAt(film.uploaded),
      play: words.page.playFilm,
      missing: words.page.filmMissing,
    },
  }
}

function fillByDefault(
  html: string,
  { language, variant, flags }: PageKey,
  { publicUrl = '', preview = false },
): string {
  const variants = { hero: variant }
  const parts: Record<string, string> = {
    public_url: publicUrl,
    notice: '',
    notice_hidden: 'hidden',
    film_hidden: '',
    film_absent: '',
    ...freshForm,
    form_fields: '',
    consent_field: '',
    config: json({ language, variants, word: wordOf(variant), flags, preview }),
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
