import { type Attribution, campaignFields } from '../../leads/attribution.ts'
import { typedLengthMax } from '../../leads/phone.ts'
import type { PostedAnswer } from '../page/answers.ts'
import type { RefusedForm } from '../page/door.ts'
import type { CorsRules } from '../request/cors.ts'
import { asksForPrivacy, withoutClickIds } from '../request/privacy.ts'
import { pathOf } from '../request/target.ts'
import { hostOnly, readVisit } from '../request/visit-cookies.ts'
import { contentTypeOf } from '../static/content-type.ts'
import type { Arrival } from './arrival.ts'
import { askedOf, campaignOfPage, isPreview, pageAddress, pageOf, type Sent } from './page-address.ts'

/** A form that was accepted, and the visitor it came from. */
export type PostedForm = Readonly<{
  visitorId: string
  /** From the visitor's cookie, as it came. */
  word: string
  userAgent: string | null
  /** The path of its page. */
  url: string
  attribution?: Attribution
}>

export type PostedFormDeps = Readonly<{
  cors: CorsRules
  /** Whether the site is one of HTTPS. */
  isSecure?: boolean
  /** Takes note of an accepted form: its visitor has converted. Never throws, and nobody waits for it. */
  posted?(form: PostedForm): void
}>

/** The page with a form that was refused, where one is built. */
export type RefusedPage = (request: Request, form: RefusedForm) => Promise<PostedAnswer | undefined>

// Seen by the script of the page, should it come: an address alone does not say that anything was posted. Long enough
// for a slow phone to load the page.
const postedCookie = 'lf_posted=1; Path=/; Max-Age=300; SameSite=Lax'
const securePostedCookie = `${hostOnly}${postedCookie}; Secure`

/**
 * The page of a form that was refused, with what is wrong beside the field and what was typed in it. Undefined where no page
 * is built.
 */
export async function showForm(
  deps: PostedFormDeps,
  arrival: Arrival,
  refused: Readonly<{ code: string; status: number; page?: RefusedPage }>,
): Promise<Response | undefined> {
  const { form = {} } = arrival
  const { code, status, page } = refused
  const sent = sentBy(arrival)
  const text = (name: string) => (typeof form[name] === 'string' ? form[name] : '')
  const answer = await page?.(arrival.request, {
    code,
    page: pageOf(sent),
    // What another site has a visitor send is not theirs.
    phone: code === 'origin_not_allowed' ? '' : text('phone').slice(0, typedLengthMax),
    hasConsent: text('consent') !== '',
    word: text('variant'),
    language: text('language'),
    asked: askedOf(sent),
  })
  if (!answer) return undefined
  return new Response(answer.html, {
    status,
    headers: {
      ...answer.headers,
      'content-type': contentTypeOf('index.html'),
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      ...deps.cors.corsHeaders(arrival.origin),
    },
  })
}

/** Back to the page of a form, so that reloading it sends nothing again. `code` says what was wrong. */
export function seeOther(
  deps: PostedFormDeps,
  arrival: Arrival,
  answer: 'thanks' | 'duplicate' | 'error',
  code = '1',
): Response {
  const sent = sentBy(arrival)
  // The form will be sent again from there, and comes from the same campaign then.
  const query = new URLSearchParams({ ...(answer === 'error' && campaignOfPage(sent)), [answer]: code })
  const headers = {
    location: `${pageAddress(sent)}?${query}#${answer}`,
    'set-cookie': deps.isSecure ? securePostedCookie : postedCookie,
    ...deps.cors.corsHeaders(arrival.origin),
  }
  return new Response(null, { status: 303, headers })
}

/**
 * Tells of a form that was accepted. The page tells of none: browsers swallow its beacons, blockers forbid them and tabs
 * are closed, and the rate would move with each.
 */
export function notePosted(deps: PostedFormDeps, arrival: Arrival): void {
  const { headers } = arrival.request
  const { visitorId, word } = readVisit(headers.get('cookie'))
  if (visitorId === '') return
  const sent = sentBy(arrival)
  if (isPreview(sent)) return
  deps.posted?.({
    visitorId,
    word,
    userAgent: headers.get('user-agent'),
    url: pageAddress(sent),
    attribution: arrival.submission?.details?.attribution,
  })
}

/** A form without JavaScript knows no campaign; the address that its page was opened by does. */
export function withCampaign(fields: Record<string, unknown>, arrival: Arrival): Record<string, unknown> {
  return campaignFields.some((name) => fields[name])
    ? fields
    : { ...fields, ...campaignOfPage(sentBy(arrival)) }
}

/** What a submission says of the page that it was sent from. */
export function sentBy({ request, form }: Arrival): Sent {
  const { headers, url } = request
  const host = headers.get('host')
  const referer = headers.get('referer')
  const { page, language } = form ?? {}
  // Where a form was refused, its page stands at the address that it was posted to.
  const isAgain =
    typeof page === 'string' && page.startsWith('/') && (!referer || pathOf(referer) === pathOf(url))
  const address = isAgain ? `http://${host}${page}` : referer
  return {
    referer: address && asksForPrivacy(request) ? withoutClickIds(address) : address,
    host,
    language: typeof language === 'string' ? language.toLowerCase() : undefined,
  }
}
