/** Where a visitor came from, in the names the API takes. */
export type Attribution = Readonly<Partial<Record<(typeof sources)[number] | 'referrer', string>>>

const sources = [
  'utm_source',
  'utm_medium',
  'utm_campaign',
  'utm_term',
  'utm_content',
  'gclid',
  'fbclid',
  'msclkid',
  'ttclid',
  'variant',
] as const

const lengthMax = 256

/** Reads the campaign from the page's address and the site that led here. Nothing else of either is taken. */
export function readAttribution(page: Readonly<{ url: string; referrer: string }>): Attribution {
  const found: Partial<Record<keyof Attribution, string>> = {}
  const { searchParams, origin } = new URL(page.url)
  for (const source of sources) {
    const value = tidy(searchParams.get(source) ?? '')
    if (value) found[source] = value
  }
  const referrer = URL.canParse(page.referrer) ? new URL(page.referrer) : undefined
  // The query of another site's address is not ours to keep: it may hold what someone searched for.
  if (referrer && referrer.origin !== origin) found.referrer = tidy(`${referrer.origin}${referrer.pathname}`)
  return found
}

// A link that someone mangled must never cost the lead: the API refuses control characters and long values.
function tidy(value: string): string {
  return value
    .replace(/\p{Cc}/gu, '')
    .trim()
    .slice(0, lengthMax)
    .replace(/[\uD800-\uDBFF]$/, '')
}
