import { expect, test } from 'bun:test'
import { deviceOf } from '../outbox/device.ts'
import { storageInMemory } from '../outbox/storage-in-memory.ts'
import { readAttribution, rememberTouch, touchInPrivate } from './attribution.ts'

const here = 'https://solar.example'

test('campaign names and click ids of the address are taken, nothing else', () => {
  const url = `${here}/?utm_source=radio&utm_campaign=spring&gclid=abc&phone=07700900123&thanks=1`
  expect(readAttribution({ url, referrer: '' })).toEqual({
    utm_source: 'radio',
    utm_campaign: 'spring',
    gclid: 'abc',
  })
})

test('names are known in any case, and behind an & that was escaped twice', () => {
  const url = `${here}/?UTM_Source=radio&amp;utm_campaign=spring&amp;amp;GCLID=AbC&sccid=x`
  expect(readAttribution({ url, referrer: '' })).toEqual({
    utm_source: 'radio',
    utm_campaign: 'spring',
    gclid: 'AbC',
    ScCid: 'x',
  })
})

test('a path of the campaign names it, where the query does not', () => {
  const of = (address: string) => readAttribution({ url: here + address, referrer: '' })
  for (const page of ['/spring', '/spring/']) expect(of(page)).toEqual({ utm_campaign: 'spring' })
  expect(of('/radio-leeds?gclid=abc&utm_campaign=')).toEqual({ utm_campaign: 'radio-leeds', gclid: 'abc' })
  expect(of('/spring?utm_campaign=summer')).toEqual({ utm_campaign: 'summer' })
  for (const page of ['/', '/en', '/pt-br', '/pt-br/', '/index.html', '/a/promo', '/Spring'])
    expect(of(page)).toEqual({})
})

test('a referrer is kept without its query, and only when it is another site', () => {
  expect(readAttribution({ url: `${here}/`, referrer: 'https://news.example/solar?q=private#x' })).toEqual({
    referrer: 'https://news.example/solar',
  })
  expect(readAttribution({ url: `${here}/`, referrer: `${here}/?utm_source=radio` })).toEqual({})
  expect(readAttribution({ url: `${here}/`, referrer: 'not an address' })).toEqual({})
})

test('a browser of some years ago reads the same', () => {
  const { canParse, parse } = URL
  Object.assign(URL, { canParse: undefined, parse: undefined })
  try {
    const url = `${here}/?gclid=abc`
    expect(readAttribution({ url, referrer: 'https://news.example/' })).toEqual({
      gclid: 'abc',
      referrer: 'https://news.example/',
    })
    expect(readAttribution({ url, referrer: '' })).toEqual({ gclid: 'abc' })
  } finally {
    Object.assign(URL, { canParse, parse })
  }
})

test('a mangled link still gives values the API accepts', () => {
  const url = `${here}/?utm_source=%00ra%0D%0Adio&utm_term=${'a'.repeat(255)}%F0%9F%8C%9E&utm_medium=%20`
  expect(readAttribution({ url, referrer: '' })).toEqual({ utm_source: 'radio', utm_term: 'a'.repeat(255) })
})

function newDevice(items: [string, string][] = []) {
  const storage = storageInMemory(new Map(items))
  return deviceOf(() => storage)
}

const names = [
  'utm_source',
  'utm_medium',
  'utm_campaign',
  'utm_term',
  'utm_content',
  'gclid',
  'fbclid',
  'ttclid',
]
const longest = (letter: string) => {
  const url = `${here}/?${names.map((name) => `${name}=${encodeURIComponent(letter.repeat(300))}`).join('&')}`
  return readAttribution({ url, referrer: `https://news.example/${'a'.repeat(300)}` })
}

test('the longest links, first and last, are less than the 4 KB that the API keeps of both', () => {
  const device = newDevice()
  rememberTouch(device, longest('ب'), 0)
  const { first, last } = rememberTouch(device, longest('خ'), 1)
  const bytes = new TextEncoder().encode(JSON.stringify({ ...last, first_touch: first })).length
  expect(bytes).toBeLessThanOrEqual(3_072)
  expect(last.utm_source).toBe('خ'.repeat(256))
  expect(first?.utm_source).toBe('ب'.repeat(256))
})

const radio = { utm_source: 'radio' }
const search = { gclid: 'abc', referrer: 'https://search.example/' }
const day = 24 * 3_600_000

test('the first touch stays the first, and the last is the last that anything brought', () => {
  const device = newDevice()
  expect(rememberTouch(device, radio, 0)).toEqual({ last: radio })
  expect(rememberTouch(device, search, day)).toEqual({ last: search, first: radio })
  // Typed by hand, or from a bookmark.
  expect(rememberTouch(device, {}, 2 * day)).toEqual({ last: search, first: radio })
})

test('after three months a visit counts as the first', () => {
  const device = newDevice()
  rememberTouch(device, radio, 0)
  expect(rememberTouch(device, {}, 91 * day)).toEqual({ last: {} })
})

test('a device that keeps nothing, or something foreign, still tells of this visit', () => {
  expect(
    rememberTouch(
      deviceOf(() => undefined),
      radio,
      0,
    ),
  ).toEqual({ last: radio })
  const touches = { first: { utm_source: 7, phone: '07700900123', utm_term: 'roof' }, last: radio, atMs: 0 }
  const foreign = newDevice([['landfast.touches', JSON.stringify(touches)]])
  expect(rememberTouch(foreign, {}, 0)).toEqual({ last: radio, first: { utm_term: 'roof' } })
})

test('a click id is kept whole, however long advertisers make it, or not at all', () => {
  const ids = {
    gbraid: '0AAA',
    wbraid: 'x',
    msclkid: 'm',
    ttclid: 't'.repeat(327),
    gad_source: '1',
    ScCid: 's',
  }
  const url = `${here}/?${new URLSearchParams(ids)}`
  expect(readAttribution({ url, referrer: '' })).toEqual(ids)
  expect(readAttribution({ url: `${here}/?ttclid=${'t'.repeat(513)}&gclid=abc`, referrer: '' })).toEqual({
    gclid: 'abc',
  })
})

test('an app that led here is kept by its address, and what has no address is not', () => {
  const referrerOf = (referrer: string) => readAttribution({ url: `${here}/`, referrer }).referrer
  expect(referrerOf('android-app://com.google.android.gm/')).toBe('android-app://com.google.android.gm')
  expect(referrerOf('ios-app://123456/x?q=private')).toBe('ios-app://123456')
  for (const other of ['about:client', 'chrome-extension://abc/', 'file:///home/x', 'data:text/html,x'])
    expect(referrerOf(other)).toBeUndefined()
  expect(referrerOf(`http://solar.example/`)).toBeUndefined()
  expect(referrerOf(`https://news.example/${'a'.repeat(300)}`)).toBe('https://news.example')
})

test('an app from which a link was opened again does not take the place of a campaign', () => {
  const device = newDevice()
  const app = { referrer: 'android-app://com.google.android.gm' }
  rememberTouch(device, radio, 0)
  expect(rememberTouch(device, app, day)).toEqual({ last: radio })
  expect(rememberTouch(newDevice(), app, 0)).toEqual({ last: app })
})

test('of a visitor whom nobody is to follow no click id is kept, and nothing stays on the device', () => {
  const device = deviceOf(() => storageInMemory(items))
  const items = new Map<string, string>()
  rememberTouch(device, { utm_source: 'tv' }, 0)
  const url = 'https://www.larkfield.example/?utm_source=radio&gclid=abc&fbclid=def'
  expect(touchInPrivate(device, { url, referrer: '' })).toEqual({ last: { utm_source: 'radio' } })
  expect(items.size).toBe(0)
})
