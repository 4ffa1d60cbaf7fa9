import type { PagePhonePlan } from '../../leads/phone-plan.ts'
import { newcomersOf, type PageChoice, type PageSources } from '../../page/choose.ts'
import { firstKey } from '../../page/manifest.ts'
import type { PageSnapshot } from '../../page/ports.ts'
import { contentTypeOf } from '../static/content-type.ts'
import { keepMark, type StaticAnswer, staticAnswer } from '../static/static-answer.ts'
import type { PageSource } from './built-page.ts'
import { composePage, type PostedPage } from './compose.ts'
import { type PageOrigins, pageHeaders } from './headers.ts'

export type PageAnswersDeps = Readonly<{
  publicUrl: string
  origins?: PageOrigins
  /** Of the country that numbers are from; absent where they may be from anywhere. */
  phonePlan?: PagePhonePlan
}>

/** What tells a page from the one that everybody with its word gets. */
export type PageMarks = Readonly<{
  /** An operator looks. */
  isPreview?: boolean
  /** It is loaded before anybody looks at it. */
  isAhead?: boolean
}>

/** The answers of one build at one moment of experiments and flags, each made once. */
export type PageAnswers = Readonly<{
  sources: PageSources
  /** The page of a new visitor. */
  ofNewcomer(id: string, language: string): PageChoice
  /** The answer for everybody with this word, if it was made already. */
  shared(language: string, word: string): StaticAnswer | undefined
  /** From now on everybody with the word of this page gets it. */
  share(page: PageChoice): StaticAnswer
  make(page: PageChoice, marks?: PageMarks): StaticAnswer
  /** For whoever posted the form and was refused; undefined where the build knows nothing to say of it. */
  makePosted(page: PageChoice, posted: PostedPage, isPreview: boolean): PostedAnswer | undefined
  /** Whether the build has a page for exactly this. */
  isDrawn(page: PageChoice): boolean
}>

export type PostedAnswer = Readonly<{ html: string; headers: Readonly<Record<string, string>> }>

// More than all languages, variants and roll-outs make together; then the memory is only a bound.
const answersMax = 512

// Caches on the way keep the page so briefly that a change of flags is everywhere at once, as people see it.
const sharedHeaders = {
  'cache-control': 'public, max-age=0, s-maxage=1',
  vary: 'Accept-Language, Cookie',
  [keepMark]: '1',
}

/** Keeps the answers of the newest build and snapshot; asked with others it begins anew. */
export function createPageAnswers(deps: PageAnswersDeps) {
  let of: Readonly<{ source: PageSource; snapshot: PageSnapshot; answers: PageAnswers }> | undefined
  return {
    of(source: PageSource, snapshot: PageSnapshot): PageAnswers {
      if (of?.source !== source || of.snapshot !== snapshot)
        of = { source, snapshot, answers: answersOf(deps, source, snapshot) }
      return of.answers
    },
  }
}

function answersOf(deps: PageAnswersDeps, source: PageSource, snapshot: PageSnapshot): PageAnswers {
  const byWord = new Map<string, Map<string, StaticAnswer>>(
    source.manifest.languages.map((language) => [language, new Map()]),
  )
  const made = new Map<string, StaticAnswer>()

  const { manifest, templates, withFilm } = source
  const filledIn = (language: string) => ({
    publicUrl: deps.publicUrl,
    phonePlan: deps.phonePlan ?? null,
    lacksFilm: manifest.films?.[language] !== undefined && !withFilm.has(language),
  })
  const templateOf = ({ key, language }: PageChoice) =>
    templates.get(key) ?? templates.get(firstKey(manifest, language))!

  const make: PageAnswers['make'] = (page, { isPreview = false, isAhead = false } = {}) => {
    const { language, key, word, flags } = page
    const id = `${isPreview ? '?' : ''}${isAhead ? '!' : ''}${key} ${word} ${JSON.stringify(flags)}`
    const known = made.get(id)
    if (known) return known
    const form = source.manifest.freshForm
    const html = composePage(templateOf(page), { ...page, isPreview, isAhead, form, ...filledIn(language) })
    const answer = staticAnswer({
      body: new TextEncoder().encode(html),
      contentType: contentTypeOf('index.html'),
      headers: { ...pageHeaders(html, deps.origins), ...sharedHeaders },
      gzipAtOnce: true,
    })
    if (made.size >= answersMax) made.clear()
    made.set(id, answer)
    return answer
  }

  const sources = { manifest: source.manifest, snapshot }
  return {
    sources,
    ofNewcomer: newcomersOf(sources),
    shared: (language, word) => byWord.get(language)?.get(word),
    share(page) {
      const answer = make(page)
      const ofLanguage = byWord.get(page.language)!
      if (ofLanguage.size >= answersMax) ofLanguage.clear()
      ofLanguage.set(page.word, answer)
      return answer
    },
    make,
    makePosted(page, posted, isPreview) {
      const key = templates.has(page.key) ? page.key : firstKey(manifest, page.language)
      const forms = manifest.postedForms?.[key]
      const form = forms?.[posted.code] ?? forms?.rejected
      if (!form) return undefined
      const filled = filledIn(page.language)
      const html = composePage(templateOf(page), {
        ...page,
        isPreview,
        isAhead: false,
        form,
        posted,
        ...filled,
      })
      return { html, headers: pageHeaders(html, deps.origins) }
    },
    isDrawn: ({ key }) => source.templates.has(key),
  }
}
