import type { PagePhonePlan } from '../../leads/phone-plan.ts'
import { choosePage, firstPage, type PageChoice, previewPage } from '../../page/choose.ts'
import { negotiateLanguage } from '../../page/language.ts'
import type { Exposure, PageLive, PageMetrics, RecordExposure } from '../../page/ports.ts'
import { newVisitorId } from '../../words/visitor-id.ts'
import { partsOf } from '../../words/word.ts'
import { isVisit } from '../request/ahead.ts'
import type { Peer } from '../request/client-ip.ts'
import { exposureOf } from '../request/exposure.ts'
import { asksForPrivacy, withoutClickIds } from '../request/privacy.ts'
import { queryOf } from '../request/target.ts'
import { cookiesFor, readVisit, type Visit } from '../request/visit-cookies.ts'
import { contentTypeOf } from '../static/content-type.ts'
import { type StaticAnswer, staticAnswer } from '../static/static-answer.ts'
import { createPageAnswers, type PageAnswers, type PageMarks, type PostedAnswer } from './answers.ts'
import type { BuiltPage, BuiltPages } from './built-page.ts'
import type { PostedPage } from './compose.ts'
import { type PageOrigins, pageHeaders } from './headers.ts'
import { placeholderPage } from './placeholder.ts'
import { lastServiceWorker } from './service-worker.ts'
import type { ToldPage } from './shown.ts'

export type PageDoorDeps = Readonly<{
  built: BuiltPages
  live: PageLive
  exposed: RecordExposure
  /** Whether this request may leave an exposure: of a flood of first visits only a budget's worth is recorded. */
  mayRecord(request: Request, peer: Peer): boolean
  metrics: PageMetrics
  /** Where the site is, without a slash at the end. */
  publicUrl: string
  origins?: PageOrigins
  /** Of the country that numbers are from; absent where they may be from anywhere. */
  phonePlan?: PagePhonePlan
}>

/** A form that was refused, and what it says of the page that it stood on. */
export type RefusedForm = PostedPage &
  Readonly<{
    word: string
    language: string
    /** The variant that an operator was looking at, or ''. */
    asked: string
  }>

export type PageDoor = ReturnType<typeof createPageDoor>

/** Who gets which page, and with which cookies. */
export function createPageDoor(deps: PageDoorDeps) {
  const answers = createPageAnswers(deps)
  const secure = deps.publicUrl.startsWith('https:')
  const placeholder = staticAnswer({
    body: new TextEncoder().encode(placeholderPage),
    contentType: contentTypeOf('index.html'),
    headers: { ...pageHeaders(placeholderPage, deps.origins), 'cache-control': 'no-store' },
  })
  const noPage = (request: Request) => {
    deps.metrics.fallback('no_page')
    return placeholder.respond(request)
  }

  /** `language` is the one that the address names. */
  function show(built: BuiltPage, request: Request, peer: Peer, language?: string): Response {
    if (!built.source) return noPage(request)
    const current = answers.of(built.source, deps.live.current())
    const visit = readVisit(request.headers.get('cookie'))
    const asked = askedWord(request.url)
    // Nearly everybody: whoever was here before gets what everybody with the same word gets.
    const isKnown = visit.visitorId !== '' && (!secure || visit.isHostOnly)
    if (isKnown && asked === '' && (language ?? visit.language) === visit.language) {
      const shared = current.shared(visit.language, visit.word)
      if (shared) return shared.respond(request)
    }
    const wanted = language ?? languageOf(current, visit, request)
    if (asked !== '') {
      const page = previewPage(current.sources, { language: wanted, asked, word: visit.word })
      if (page) return made(current, page, { isPreview: true }).respondTo(request, [])
    }
    if (!deps.live.isLoaded()) return untilLoaded(current, visit, wanted, request)
    return decide(current, visit, wanted, { request, peer })
  }

  return {
    show,

    /** The page at `/`. What is in memory is answered at once, without a promise. */
    open(request: Request, peer: Peer): Response | Promise<Response> {
      const current = deps.built.current()
      return current instanceof Promise
        ? current.then((found) => show(found, request, peer))
        : show(current, request, peer)
    },

    serviceWorker(built: BuiltPage, request: Request): Response {
      const isOn = deps.live.current().flagsFor(undefined).works_offline !== false
      return ((isOn && built.serviceWorker) || lastServiceWorker).respond(request)
    },

    /** First variants, in the language the browser asks for, the same for all. */
    fallback(built: BuiltPage, request: Request): Response {
      if (!built.source) return noPage(request)
      const current = answers.of(built.source, deps.live.current())
      const language = languageOf(current, readVisit(null), request)
      // Not shared by its word: while a flag is rolled out to a part, a visitor with this word is to be asked again.
      return made(current, firstPage(current.sources, { language })).respond(request)
    },

    /**
     * The page of whoever posted a form without the script and was refused, with what was typed; undefined while none is
     * built that could say it. `word` and `language` are those of the form, for visitors who keep no cookies.
     */
    posted(built: BuiltPage, request: Request, form: RefusedForm): PostedAnswer | undefined {
      if (!built.source) return undefined
      const current = answers.of(built.source, deps.live.current())
      const visit = readVisit(request.headers.get('cookie'))
      const language = languageOf(current, { ...visit, language: form.language || visit.language }, request)
      const { visitorId: id, word } = visit
      const page =
        (form.asked && previewPage(current.sources, { language, asked: form.asked, word })) ||
        (id !== '' && deps.live.isLoaded()
          ? choosePage(current.sources, { id, language, word, shown: form.word })
          : firstPage(current.sources, { language, kept: partsOf(word || form.word) }))
      return current.makePosted(page, form, form.asked !== '')
    },

    /**
     * A page that was loaded ahead is looked at: its visitor is one from now on, who has been shown what it says.
     * Undefined while it is not known what there is to show.
     */
    shown(built: BuiltPage, request: Request, peer: Peer, told: ToldPage): Response | undefined {
      if (!built.source || !deps.live.isLoaded()) return undefined
      const current = answers.of(built.source, deps.live.current())
      const visit = readVisit(request.headers.get('cookie'))
      const language = languageOf(current, { ...visit, language: told.language }, request)
      const { id, page } = visitorOf(current, visit, language, told.word)
      const headers = new Headers({ 'cache-control': 'no-store' })
      const cookies = cookiesFor(visit, { visitorId: id, word: page.word, language }, { secure })
      for (const cookie of cookies) headers.append('set-cookie', cookie)
      const { url, referrer } = told
      expose(page, { ...exposureOf(request, id, page.decided), url, referrer }, { request, peer })
      return new Response(null, { status: 204, headers })
    },
  }

  function decide(
    current: PageAnswers,
    visit: Visit,
    language: string,
    { request, peer }: Readonly<{ request: Request; peer: Peer }>,
  ): Response {
    const isNew = visit.visitorId === ''
    const id = isNew ? newVisitorId() : visit.visitorId
    const page =
      isNew && visit.word === ''
        ? current.ofNewcomer(id, language)
        : choosePage(current.sources, { id, isNew, language, word: visit.word })
    const answer = shared(current, page)
    const cookies = cookiesFor(visit, { visitorId: id, word: page.word, language }, { secure })
    if (cookies.length === 0) return answer.respond(request)
    if (request.method === 'HEAD') return answer.respondTo(request, [])
    // Should somebody look at it after all, the page says so itself.
    if (!isVisit(request)) return made(current, page, { isAhead: true }).respondTo(request, [])
    expose(page, exposureOf(request, id, page.decided), { request, peer })
    return answer.respondTo(request, cookies)
  }

  function expose(
    page: PageChoice,
    exposure: Exposure,
    { request, peer }: Readonly<{ request: Request; peer: Peer }>,
  ): void {
    if (Object.keys(page.decided).length === 0 || !deps.mayRecord(request, peer)) return
    deps.metrics.exposed()
    const { url } = exposure
    deps.exposed(asksForPrivacy(request) ? { ...exposure, url: withoutClickIds(url) } : exposure)
  }

  /** Until it is known what operators decided nobody is given a variant to keep; who has one keeps it. */
  function untilLoaded(current: PageAnswers, visit: Visit, language: string, request: Request): Response {
    const kept = visit.visitorId === '' ? undefined : partsOf(visit.word)
    const page = firstPage(current.sources, { language, kept })
    if (page.word === visit.word && language === visit.language && kept)
      return shared(current, page).respond(request)
    deps.metrics.fallback('no_configuration')
    return made(current, page).respondTo(request, [])
  }

  function shared(current: PageAnswers, page: PageChoice): StaticAnswer {
    countDrawn(current, page)
    return current.shared(page.language, page.word) ?? current.share(page)
  }

  function made(current: PageAnswers, page: PageChoice, options?: PageMarks): StaticAnswer {
    countDrawn(current, page)
    return current.make(page, options)
  }

  function countDrawn(current: PageAnswers, page: PageChoice): void {
    if (!current.isDrawn(page)) deps.metrics.fallback('not_drawn')
  }
}

function languageOf({ sources }: PageAnswers, visit: Visit, request: Request): string {
  const { languages } = sources.manifest
  return languages.includes(visit.language)
    ? visit.language
    : negotiateLanguage(request.headers.get('accept-language'), languages)
}

// A roll-out to a tenth of the visitors is met after some ten ids.
const idsTriedMax = 64

/** Who looks at a page with this word: one whom its roll-outs hold, too, as their next page will say the same. */
function visitorOf(
  { sources }: PageAnswers,
  visit: Visit,
  language: string,
  shown: string,
): Readonly<{ id: string; page: PageChoice }> {
  const isNew = visit.visitorId === ''
  for (let tried = 1; ; tried++) {
    const id = isNew ? newVisitorId() : visit.visitorId
    const page = choosePage(sources, { id, isNew, language, word: visit.word, shown })
    if (!isNew || page.word === shown || tried === idsTriedMax) return { id, page }
  }
}

function askedWord(url: string): string {
  // Most addresses have no query, and campaigns have long ones without it.
  if (!url.includes('variant=')) return ''
  return queryOf(url).get('variant') ?? ''
}
