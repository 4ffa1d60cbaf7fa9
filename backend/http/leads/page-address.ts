import { campaignFieldOf } from '../../leads/attribution.ts'
import { campaignOfPath, isLanguageName } from '../../page/manifest.ts'
import { pathOf } from '../request/target.ts'

/** What a form post says of the page it was on. */
export type Sent = Readonly<{ referer: string | null; host: string | null; language?: string }>

/** Path and query of the page that sent a form, as far as they matter: its campaign, and what an operator looks at. */
export function pageOf(sent: Sent): string {
  const asked = askedOf(sent)
  const query = new URLSearchParams({ ...campaignOfQuery(sent), ...(asked && { variant: asked }) })
  return query.size > 0 ? `${pageAddress(sent)}?${query}` : pageAddress(sent)
}

/**
 * The path of the page that sent a form: where the browser says it was on this host, else that of the language the form
 * names, else `/`. Never an address of another site, whatever was sent.
 */
export function pageAddress(sent: Sent): string {
  const pathname = ownPage(sent)?.pathname
  if (pathname === '/') return pathname
  if (pathname && (isLanguageName(pathname.slice(1)) || campaignOfPath(pathname))) return pathname
  return sent.language !== undefined && isLanguageName(sent.language) ? `/${sent.language}` : '/'
}

/** The campaign in the address of the page that sent a form, by its query or its path; nothing of another site's. */
export function campaignOfPage(sent: Sent): Record<string, string> {
  const page = ownPage(sent)
  const byPath = page && campaignOfPath(page.pathname)
  return { ...(byPath && { utm_campaign: byPath }), ...campaignOfQuery(sent) }
}

/**
 * The path of an address on this host, as it is written. This runs for every submission, so that no more of it is read than that;
 * who asks knows which paths there are.
 */
export function pathOnHost(address: string | null, host: string | null): string | undefined {
  if (address === null || host === null) return undefined
  const start = address.indexOf('://') + 3
  const end = start + host.length
  if (start < 3 || !address.startsWith(host, start) || (end < address.length && address[end] !== '/'))
    return undefined
  const path = pathOf(address)
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path || '/'
}

function campaignOfQuery(sent: Sent): Record<string, string> {
  const found: Record<string, string> = {}
  for (const [name, value] of ownPage(sent)?.searchParams ?? []) {
    const field = campaignFieldOf(name)
    if (field !== undefined && value !== '') found[field] ??= value
  }
  return found
}

/** Whether an operator was only looking at a variant. */
export function isPreview(sent: Sent): boolean {
  return ownPage(sent)?.searchParams.has('variant') ?? false
}

/** The variant that an operator was only looking at, or ''. */
export function askedOf(sent: Sent): string {
  return ownPage(sent)?.searchParams.get('variant') ?? ''
}

function ownPage({ referer, host }: Sent): URL | undefined {
  const page = referer === null ? null : URL.parse(referer)
  return page && page.host === host ? page : undefined
}
