import type { Device } from '../outbox/device.ts'

/** Where a visitor came from, in the names the API takes. */
export type Attribution = Readonly<Record<string, string>>

const texts = ['utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content']
const clickIds =
  'utm_id gclid gbraid wbraid dclid gad_source gad_campaignid fbclid msclkid ttclid twclid li_fat_id ScCid rdt_cid epik yclid ysclid tblci dicbo qclid ndclid irclickid'.split(
    ' ',
  )
// What matters most comes first: for what comes last there may be no room.
const names = [...texts.slice(0, 3), ...clickIds, ...texts.slice(3), 'referrer']

type PageAddress = Readonly<{ url: string; referrer: string }>

/** What brought the visitor: this time, or the last time that anything did, and the first time where that differs. */
export type Touches = Readonly<{ last: Attribution; first?: Attribution }>

const textLengthMax = 256
const idLengthMax = 512
// The API keeps 4 KB of both together, and leaves out what is more.
const lastBytesMax = 2_000
const firstBytesMax = 1_000

const item = 'landfast.touches'
/** An advert of the season before did not bring this visit. */
const rememberedMs = 90 * 24 * 3_600_000

/**
 * Reads the campaign from the page's address, its query or its path, and the site that led here. Nothing else of either is taken, and never
 * so much that the submission would be refused for it.
 */
export function readAttribution(page: PageAddress): Attribution {
  const { searchParams, hostname, pathname } = new URL(page.url)
  const [, byPath] = isCampaign.exec(pathname) ?? []
  const query = Object.fromEntries([...searchParams].map(([name, value]) => [fieldOf(name), value]))
  const utm_campaign = query.utm_campaign || byPath
  return allowed({ ...query, utm_campaign, referrer: leaderOf(page.referrer, hostname) }, lastBytesMax)
}

// Links are written with names in capitals, and mail programs escape their & once too often.
function fieldOf(name: string): string {
  const plain = name.replace(/^(amp;)+/, '').toLowerCase()
  return names.find((each) => each.toLowerCase() === plain) ?? name
}

// A path of the campaign, such as /spring. Those of languages are shorter, or have a dash after two letters.
const isCampaign = /^\/(?![a-z]{2}-[a-z]{2,8}\/?$)([a-z][a-z0-9-]{2,62})\/?$/

/** Another site's address without its query, which may hold what someone searched for, or the address of an app. */
function leaderOf(referrer: string, ownHost: string): string {
  const [app] = isApp.exec(referrer) ?? []
  if (app) return app
  const site = urlOf(referrer)
  if (!site || !/^https?:$/.test(site.protocol) || site.hostname === ownHost) return ''
  const address = site.origin + site.pathname
  return address.length > textLengthMax ? site.origin : address
}

const isApp = /^(?:android|ios)-app:\/\/[\w.-]+/

/** `URL.canParse` and `URL.parse` are younger than many a phone. */
function urlOf(address: string): URL | undefined {
  try {
    return new URL(address)
  } catch {
    return undefined
  }
}

/** Of a visitor whom nobody is to follow: what brought them this time, but no click id, and nothing is remembered. */
export function touchInPrivate(device: Device, page: PageAddress): Touches {
  device.remove(item)
  const last = { ...readAttribution(page) }
  for (const id of clickIds) delete last[id]
  return { last }
}

/** Remembers on the device what brought the visitor, and gives the first and the last of it. */
export function rememberTouch(device: Device, found: Attribution, nowMs: number): Touches {
  const kept = readTouches(device, nowMs)
  // Who opens a campaign's link again from an app, such as that of their mail, was brought by the campaign.
  const isDirect = Object.keys(found).every((name) => name === 'referrer' && isApp.test(found[name]!))
  const last = isDirect && kept ? kept.last : found
  const first = kept?.first ?? found
  if (last === found && Object.keys(found).length > 0)
    device.write(item, JSON.stringify({ first, last, atMs: nowMs }))
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
  const found: Record<string, string> = {}
  for (const name of names) {
    const value = typeof fields[name] === 'string' ? tidy(name, fields[name]) : ''
    if (value && byteLength({ ...found, [name]: value }) <= bytesMax) found[name] = value
  }
  return found
}

function byteLength(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length
}

// Texts are cut as the API does, and never in the middle of a character; a click id is worth nothing unless it is whole.
function tidy(name: string, value: string): string {
  const text = value.replace(/\p{Cc}/gu, '').trim()
  if (clickIds.includes(name)) return text.length > idLengthMax ? '' : text
  return text.slice(0, textLengthMax).replace(/[\uD800-\uDBFF]$/, '')
}
