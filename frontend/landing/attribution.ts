import type { Device } from '../outbox/device.ts'

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
] as const

/** What brought the visitor: this time, or the last time that anything did, and the first time where that differs. */
export type Touches = Readonly<{ last: Attribution; first?: Attribution }>

const lengthMax = 256
// The API takes 4 KB for the whole submission, and refuses it all past that.
const lastBytesMax = 2_000
const firstBytesMax = 1_000

const item = 'landfast.touches'
/** An advert of the season before did not bring this visit. */
const rememberedMs = 90 * 24 * 3_600_000

/**
 * Reads the campaign from the page's address and the site that led here. Nothing else of either is taken, and never
 * so much that the submission would be refused for it.
 */
export function readAttribution(page: Readonly<{ url: string; referrer: string }>): Attribution {
  const { searchParams, origin } = new URL(page.url)
  const referrer = urlOf(page.referrer)
  // The query of another site's address is not ours to keep: it may hold what someone searched for.
  const leader = referrer && referrer.origin !== origin ? `${referrer.origin}${referrer.pathname}` : ''
  return allowed({ ...Object.fromEntries(searchParams), referrer: leader }, lastBytesMax)
}

/** `URL.canParse` and `URL.parse` are younger than many a phone. */
function urlOf(address: string): URL | undefined {
  try {
    return new URL(address)
  } catch {
    return undefined
  }
}

/** Remembers on the device what brought the visitor, and gives the first and the last of it. */
export function rememberTouch(device: Device, found: Attribution, nowMs: number): Touches {
  const kept = readTouches(device, nowMs)
  const isDirect = Object.keys(found).length === 0
  const last = isDirect && kept ? kept.last : found
  const first = kept?.first ?? found
  if (!isDirect) device.write(item, JSON.stringify({ first, last, atMs: nowMs }))
  const isSame = JSON.stringify(first) === JSON.stringify(last)
  return isSame ? { last } : { last, first: allowed(first, firstBytesMax) }
}

function readTouches(device: Device, nowMs: number): { first: Attribution; last: Attribution } | undefined {
  try {
    const { first, last, atMs } = JSON.parse(device.read(item) ?? '')
    if (!(Math.abs(nowMs - atMs) < rememberedMs)) return undefined
    return { first: allowed(first, lastBytesMax), last: allowed(last, lastBytesMax) }
  } catch {
    return undefined
  }
}

function allowed(fields: Readonly<Record<string, unknown>>, bytesMax: number): Attribution {
  const found: Partial<Record<keyof Attribution, string>> = {}
  for (const name of [...sources, 'referrer'] as const) {
    const value = typeof fields[name] === 'string' ? tidy(fields[name]) : ''
    if (value && byteLength({ ...found, [name]: value }) <= bytesMax) found[name] = value
  }
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
