import { Elysia } from 'elysia'

/**
 * Where the page stands that sent a request: `none` no browser said so (curl, apps), `same` on this very origin,
 * `listed` on an origin that may submit, `refused` anywhere else, or hidden (`Origin: null`).
 */
export type OriginVerdict = 'none' | 'same' | 'listed' | 'refused'

type Fields = Readonly<Record<string, string>>

/** Decides by origin who may submit from a browser. Cheap enough for every request. */
export type CorsRules = Readonly<{
  /** A form post is sent by browsers without asking first, so the answer must be `refused` before it is taken. */
  originVerdict(origin: string | null, host: string | null, fetchSite?: string | null): OriginVerdict
  /** Headers of an answer: leave to read it for a listed origin, and for any other that the answer depends on it. */
  corsHeaders(origin: string | null): Fields
  /** Headers of the answer to a preflight. */
  preflightHeaders(origin: string | null): Fields
}>

const preflightMaxAgeS = 600
const varyOnly: Fields = Object.freeze({ vary: 'Origin' })

/** The rules for the origins of `CORS_ORIGINS` and that of `PUBLIC_URL`. Who submits may stand on our host over plain HTTP as well. */
export function corsRules(origins: readonly string[], publicUrl: string): CorsRules {
  return rulesFor(origins, publicUrl, () => true)
}

/**
 * The rules for pages of our own alone. Where `PUBLIC_URL` begins with https, so does their origin, whoever ends TLS: anybody on
 * the way can write a page that comes over plain HTTP.
 */
export function ownOriginRules(publicUrl: string): CorsRules {
  const isSecure = publicUrl.startsWith('https:')
  return rulesFor([], publicUrl, (origin) => !isSecure || origin.startsWith('https:'))
}

function rulesFor(
  origins: readonly string[],
  publicUrl: string,
  isOurScheme: (origin: string) => boolean,
): CorsRules {
  const answers = new Map<string, Readonly<{ actual: Fields; preflight: Fields }>>()
  for (const origin of [...origins, ...(URL.canParse(publicUrl) ? [new URL(publicUrl).origin] : [])]) {
    const actual = {
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'Retry-After, Idempotent-Replayed',
      vary: 'Origin',
    }
    const preflight = {
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'Content-Type, Idempotency-Key',
      'access-control-max-age': String(preflightMaxAgeS),
      vary: 'Origin',
    }
    answers.set(origin, Object.freeze({ actual: Object.freeze(actual), preflight: Object.freeze(preflight) }))
  }

  return {
    originVerdict(origin, host, fetchSite) {
      if (!origin) return 'none'
      // Browsers set Sec-Fetch-Site themselves; it holds where a proxy rewrites Host or the page hides its referrer.
      if (fetchSite === 'same-origin' || (host && isOurScheme(origin) && isOriginOf(origin, host)))
        return 'same'
      return answers.has(origin) ? 'listed' : 'refused'
    },
    corsHeaders: (origin) => (origin && answers.get(origin)?.actual) || varyOnly,
    preflightHeaders: (origin) => (origin && answers.get(origin)?.preflight) || varyOnly,
  }
}

/**
 * Where Google shows the page in another language to those whose browser does not translate it: a host that is made of ours,
 * and holds nothing else.
 */
export function translatedOriginsOf(publicUrl: string): string[] {
  if (!URL.canParse(publicUrl)) return []
  const { hostname } = new URL(publicUrl)
  return [`https://${hostname.replaceAll('-', '--').replaceAll('.', '-')}.translate.goog`]
}

/** Whether a page sent this whose origin may not. */
export function comesFromRefused(
  rules: CorsRules,
  headers: Request['headers'],
  origin: string | null,
): boolean {
  if (origin === null) return false
  const site = headers.get('sec-fetch-site')
  // Our own page, as its browser says, which is nearly everybody: no other header has to be read.
  return site !== 'same-origin' && rules.originVerdict(origin, headers.get('host'), site) === 'refused'
}

const plainJson = new Headers({ 'content-type': 'application/json' })
// By the rules' own objects, of which there is one an origin: made into headers once, not for every answer.
const madeHeaders = new WeakMap<Fields, Headers>()

/** The headers of a JSON answer to a page on `origin`, for the routes that answer most. Not to be changed. */
export function jsonHeadersFor(rules: CorsRules, origin: string | null): Headers {
  if (origin === null) return plainJson
  const ofOrigin = rules.corsHeaders(origin)
  let headers = madeHeaders.get(ofOrigin)
  if (!headers) {
    headers = new Headers([...plainJson, ...Object.entries(ofOrigin)])
    madeHeaders.set(ofOrigin, headers)
  }
  return headers
}

/** Answers the preflights of `paths` with 204; a browser on an origin that is not listed then sends nothing. */
export function corsRoutes(rules: CorsRules, paths: readonly string[]) {
  const routes = new Elysia()
  for (const path of paths)
    routes.options(
      path,
      ({ request }) =>
        new Response(null, { status: 204, headers: rules.preflightHeaders(request.headers.get('origin')) }),
      { detail: { hide: true } },
    )
  return routes
}

/** Whether `host`, as a Host header spells it, is the host of `origin`. The port counts, also where it is left out. */
function isOriginOf(origin: string, host: string): boolean {
  const slashes = origin.indexOf('://')
  if (slashes < 0) return false
  const originHost = origin.slice(slashes + 3)
  if (originHost === host) return true
  const defaultPort = origin.startsWith('https:') ? ':443' : ':80'
  return originHost.toLowerCase() === withoutEnding(host.toLowerCase(), defaultPort)
}

function withoutEnding(text: string, ending: string): string {
  return text.endsWith(ending) ? text.slice(0, -ending.length) : text
}
