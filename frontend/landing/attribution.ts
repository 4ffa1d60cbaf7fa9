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
// The API takes 4 KB for the whole submission, and refuses it all past that.
const bytesMax = 3_000

/**
 * Reads the campaign from the page's address and the site that led here. Nothing else of either is taken, and never
 * so much that the submission would be refused for it.
 */
export function readAttribution(page: Readonly<{ url: string; referrer: string }>): Attribution {
  const found: Partial<Record<keyof Attribution, string>> = {}
  const take = (name: keyof Attribution, text: string) => {
    const value = tidy(text)
    if (value && byteLength({ ...found, [name]: value }) <= bytesMax) found[name] = value
  }
  const { searchParams, origin } = new URL(page.url)
  for (const source of sources) take(source, searchParams.get(source) ?? '')
  const referrer = URL.canParse(page.referrer) ? new URL(page.referrer) : undefined
  // The query of another site's address is not ours to keep: it may hold what someone searched for.
  if (referrer && referrer.origin !== origin) take('referrer', `${referrer.origin}${referrer.pathname}`)
  return found
}

function byteLength(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length
}

// Cut at 256 characters, as the API does, and never in the middle of one.
function tidy(value: string): string {
  return value
    .replace(/\p{Cc}/gu, '')
    .trim()
    .slice(0, lengthMax)
    .replace(/[\uD800-\uDBFF]$/, '')
}
