import { createHash } from 'node:crypto'

export type PageOrigins = Readonly<{
  /** Other origins that the page may send to, such as an API on a host of its own. */
  connect?: readonly string[]
  /** Other origins that pictures and videos may come from, such as the CDN that `/media` redirects to. */
  media?: readonly string[]
  /** Other origins that scripts may come from, and may send to: those of a campaign's tags. */
  scripts?: readonly string[]
}>

/**
 * What a browser must know of a page to keep foreign code out of it. Inline scripts and styles that are part of the
 * page itself are allowed by their hash, so no policy ever needs `unsafe-inline`.
 */
export function pageHeaders(html: string, origins: PageOrigins = {}): Readonly<Record<string, string>> {
  const connect = origins.connect ?? []
  const media = origins.media ?? []
  const scripts = origins.scripts ?? []
  const policy: Readonly<Record<string, readonly string[]>> = {
    'default-src': ["'self'"],
    'script-src': ["'self'", ...scripts, ...inlineHashes(html, 'script')],
    'worker-src': ["'self'"],
    'style-src': ["'self'", ...inlineHashes(html, 'style')],
    'img-src': ["'self'", 'data:', ...media, ...scripts],
    'media-src': ["'self'", ...media],
    'connect-src': ["'self'", ...connect, ...scripts],
    'form-action': ["'self'", ...connect],
    'object-src': ["'none'"],
    'base-uri': ["'none'"],
    'frame-ancestors': ["'none'"],
  }
  return {
    'content-security-policy': Object.entries(policy)
      .map(([directive, sources]) => `${directive} ${sources.join(' ')}`)
      .join('; '),
    'referrer-policy': 'strict-origin-when-cross-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'x-frame-options': 'DENY',
  }
}

/** The same of the desk, which loads nothing from elsewhere and draws itself; no copy of it stays anywhere. */
export const deskHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex, nofollow',
  'cache-control': 'no-store',
}

function inlineHashes(html: string, tag: 'script' | 'style'): string[] {
  const elements = html.matchAll(new RegExp(`<${tag}\\b([^>]*)>([^]*?)</${tag}\\s*>`, 'gi'))
  return (
    [...elements]
      .filter(([, attributes = '', text = '']) => text !== '' && !/\ssrc\s*=/i.test(attributes))
      // Data in a page is never run, so no policy asks for its hash.
      .filter(([, attributes = '']) => !/\stype\s*=\s*["']?application\/(?:ld\+)?json\b/i.test(attributes))
      .map(([, , text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`)
  )
}
