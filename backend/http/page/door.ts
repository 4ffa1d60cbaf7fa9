import type { PagePhonePlan } from '../../leads/phone-plan.ts'
import { choosePage, firstPage, type PageChoice, previewPage } from '../../page/choose.ts'
import { negotiateLanguage } from '../../page/language.ts'
import type { PageLive, PageMetrics, RecordExposure } from '../../page/ports.ts'
import { newVisitorId } from '../../words/visitor-id.ts'
import { partsOf } from '../../words/word.ts'
import type { Peer } from '../request/client-ip.ts'
import { exposureOf } from '../request/exposure.ts'
import { queryOf } from '../request/target.ts'
import { cookiesFor, readVisit, type Visit } from '../request/visit-cookies.ts'
import { contentTypeOf } from '../static/content-type.ts'
import { type StaticAnswer, staticAnswer } from '../static/static-answer.ts'
import { createPageAnswers, type PageAnswers } from './answers.ts'
import type { BuiltPage, BuiltPages } from './built-page.ts'
import { type PageOrigins, pageHeaders } from './headers.ts'
import { placeholderPage } from './placeholder.ts'

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
      if (page) return made(current, page, { preview: true }).respondTo(request, [])
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

    /** First variants, in the language the browser asks for, the same for all. */
    fallback(built: BuiltPage, request: Request): Response {
      if (!built.source) return noPage(request)
      const current = answers.of(built.source, deps.live.current())
      const language = languageOf(current, readVisit(null), request)
      // Not shared by its word: while a flag is rolled out to a part, a visitor with this word is to be asked again.
      return made(current, firstPage(current.sources, { language })).respond(request)
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
    const page = choosePage(current.sources, { id, isNew, language, word: visit.word })
    const answer = shared(current, page)
    const cookies = cookiesFor(visit, { visitorId: id, word: page.word, language }, { secure })
    if (cookies.length === 0) return answer.respond(request)
    // A program that only asks whether the page is there is no visitor.
    if (request.method === 'HEAD') return answer.respondTo(request, [])
    if (Object.keys(page.decided).length > 0 && deps.mayRecord(request, peer)) expose(page, id, request)
    return answer.respondTo(request, cookies)
  }

  function expose(page: PageChoice, visitorId: string, request: Request): void {
    deps.metrics.exposed()
    deps.exposed(exposureOf(request, visitorId, page.decided))
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

  function made(
    current: PageAnswers,
    page: PageChoice,
    options?: Readonly<{ preview: boolean }>,
  ): StaticAnswer {
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

function askedWord(url: string): string {
  // Most addresses have no query, and campaigns have long ones without it.
  if (!url.includes('variant=')) return ''
  return queryOf(url).get('variant') ?? ''
}
