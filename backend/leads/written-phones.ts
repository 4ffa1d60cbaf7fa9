import { couldHoldDigits, type PlainText, plainTextsOf } from './escaped-text.ts'

/**
 * The one reading of phone numbers in texts that are written down somewhere: digits of all scripts, however they are
 * escaped, with all that `phone-text.ts` takes for nothing between them. What only looks so is passed over first.
 */

/** Fewer digits are a number of many things; behind a plus they are a phone. */
const digitsMin = 10
const digitsMinBehindPlus = 7
/** So long may one be where each of its digits is escaped. */
const escapedPhoneMax = 256
/** More are not one number, but may be two. */
const digitsMax = 15
const chain = /[0-9](?:[^\p{L}\p{N}]{0,5}[0-9])*/gu
const digitsEnough =
  /\+[^\p{L}\p{N}]{0,5}[0-9](?:[^\p{L}\p{N}]{0,5}[0-9]){6}|[0-9](?:[^\p{L}\p{N}]{0,5}[0-9]){9}/u
const run = /[0-9]+/g
const plusBefore = /\+[^\p{L}\p{N}]{0,3}$/u

// What has many digits and is no phone: names that programs give, moments, addresses of machines, versions, durations.
const notWithin = '(?<![\\p{L}\\p{N}]|[0-9][-/._:])'
const notGoingOn = '(?!\\p{L}|[-/._:]?[0-9])'
const year = '(?:19|20)[0-9]{2}'
const month = '(?:0[1-9]|1[0-2])'
const day = '(?:0[1-9]|[12][0-9]|3[01])'
const monthName = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)'
const zone = '(?:Z| ?(?:GMT|UTC)?[+-][0-9]{2}(?::?[0-9]{2})?)'
const time = `(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9}(?![0-9]))?)?${zone}?`
const date = `(?:${year}([-/._]?)${month}\\1${day}|${day}([-/.])${month}\\2${year})`
const shortTime = '[T_-](?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9])?'
const octet = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
const noPhones: readonly RegExp[] = [
  // Chrome/126.0.6478.122
  /(?<![\p{N}+(]|[0-9]\.)(?=[0-9.]{1,15}(?![0-9.]))[1-9][0-9]{0,2}(?:\.[1-9][0-9]{0,3}){0,2}\.0(?:\.[0-9]{1,4}){1,3}(?![.0-9])/gu,
  /(?<![0-9a-z])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![0-9a-z])/gi,
  // Four letters at least: a hash or a random name has many.
  /(?<![0-9a-z])(?=(?:[0-9]*[a-f]){4})(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32}|[0-9a-f]{24})(?![0-9a-z])/gi,
  new RegExp(`${notWithin}${date}(?:[T ]${time}|${shortTime})?${notGoingOn}`, 'gu'),
  new RegExp(
    `${notWithin}(?:${day}[/ -])?${monthName}[/ -](?:${day} )?${year}[: ]${time}${notGoingOn}`,
    'giu',
  ),
  new RegExp(`${notWithin}${octet}(?:\\.${octet}){3}(?::[0-9]{1,5})?${notGoingOn}`, 'gu'),
  /(?<![0-9a-z:.])(?=[0-9:]*[a-f])(?=[0-9a-f:]*::|(?:[0-9a-f]+:){7}[0-9a-f])[0-9a-f]{1,4}(?:::?[0-9a-f]{1,4}){0,7}(?:::)?(?![0-9a-z:.])/gi,
  /(?<![\p{N}+(]|[0-9].)(?:0|[1-9][0-9]*)\.[0-9]+(?= ?(?:ns|us|µs|ms|s|%)(?![a-z]))/gu,
]

/** A phone number in a text: where it stands, its digits, and whether it is written in no way but as a number is. */
type Found = Readonly<{ start: number; end: number; digits: string; isBare: boolean }>

/** Whether a number without a zero or a plus in front of it is a phone; it may also name a campaign or an amount. */
export type IsPhone = (digits: string) => boolean

/** `+989121234567` becomes `***567`: enough to tell two apart on the line, too little to find out whose it is. */
export function maskPhone(phone: string): string {
  return `***${phone.slice(-3)}`
}

/** Masks everything in a text that could be a phone number. */
export function maskPhones(text: string): string {
  return withMasks(text, phonesIn(text))
}

/** The same for texts in which numbers of other things stand, too: a bare one is masked where it is a phone. */
export function maskPhonesInUse(text: string, isPhone: IsPhone): string {
  return withMasks(text, phonesInUse(text, isPhone))
}

/**
 * The first `lengthMax` characters of a masked text: one that is cut before could end in most of a phone. Half a character,
 * cut through or sent as it is, becomes a mark that every reader of JSON takes.
 */
export function maskedStart(text: string, lengthMax: number, mask = maskPhones): string {
  if (text.length <= lengthMax) return mask(text).toWellFormed()
  return mask(text.slice(0, lengthMax + escapedPhoneMax))
    .slice(0, lengthMax)
    .toWellFormed()
}

/** Whether `maskPhonesInUse` would mask anything. */
export function holdsPhoneInUse(text: string, isPhone: IsPhone): boolean {
  return phonesInUse(text, isPhone).length > 0
}

const none: readonly Found[] = []

function phonesInUse(text: string, isPhone: IsPhone): readonly Found[] {
  const found = phonesIn(text)
  return found === none
    ? none
    : found.filter(({ digits, isBare }) => !isBare || digits.startsWith('0') || isPhone(digits))
}

function withMasks(text: string, phones: readonly Found[]): string {
  let masked = ''
  let at = 0
  for (const { start, end, digits } of phones) {
    masked += text.slice(at, start) + maskPhone(digits)
    at = end
  }
  return at === 0 ? text : masked + text.slice(at)
}

function phonesIn(text: string): readonly Found[] {
  if (!couldHold(text) || !(digitsEnough.test(text) || couldHoldDigits(text, digitsMinBehindPlus)))
    return none
  const found = plainTextsOf(text).flatMap((read) => phonesInPlain(read, text))
  found.sort((one, other) => one.start - other.start || other.end - one.end)
  const apart: Found[] = []
  for (const phone of found) {
    const last = apart.at(-1)
    if (last === undefined || phone.start >= last.end) apart.push(phone)
    else if (phone.end > last.end) apart[apart.length - 1] = { ...last, end: phone.end, isBare: false }
  }
  return apart
}

function phonesInPlain({ plain, startOf, endOf }: PlainText, text: string): Found[] {
  let passed = plain
  for (const pattern of noPhones) {
    if (!digitsEnough.test(passed)) return []
    passed = passed.replace(pattern, (found) => 'x'.repeat(found.length))
  }
  return [...passed.matchAll(chain)].flatMap(({ 0: written, index }) => {
    const isBehindPlus = plusBefore.test(passed.slice(Math.max(0, index - 4), index))
    return phonesOfChain(written, isBehindPlus).map(([from, to]) => {
      let first = index + from
      while (passed[first - 1] === '+') first--
      const digits = digitsOf(written.slice(from, to))
      const [start, end] = [startOf(first), endOf(index + to - 1)]
      return { start, end, digits, isBare: text.slice(start, end) === digits }
    })
  })
}

/** Where the phones of a chain of digits stand in it. */
function phonesOfChain(written: string, isBehindPlus: boolean): [from: number, to: number][] {
  const digits = digitsIn(written)
  if (digits < digitsMin) {
    if (isBehindPlus && digits >= digitsMinBehindPlus) return [[0, written.length]]
    const plus = written.lastIndexOf('+')
    if (plus < 0 || digitsIn(written.slice(plus)) < digitsMinBehindPlus) return []
    return [[plus + written.slice(plus).search(/[0-9]/), written.length]]
  }
  const runs = [...written.matchAll(run)].map(({ 0: { length }, index }) => [index, index + length] as const)
  if (digits <= digitsMax || runs.every(([from, to]) => to - from < digitsMin)) return [[0, written.length]]
  // Several numbers: those that stand whole, and what is between them.
  const phones: [from: number, to: number][] = []
  let parts: (readonly [number, number])[] = []
  const join = () => {
    const all = parts.reduce((sum, [from, to]) => sum + to - from, 0)
    if (all >= digitsMin) phones.push([parts[0]![0], parts.at(-1)![1]])
    parts = []
  }
  for (const [from, to] of runs) {
    if (to - from < digitsMin) parts.push([from, to])
    else {
      join()
      phones.push([from, to])
    }
  }
  join()
  return phones
}

const digitsOf = (text: string) => text.replace(/[^0-9]/g, '')
const digitsIn = (text: string) => digitsOf(text).length

/** Cheap, and false for nearly all texts: that holds no digits enough, and nothing that could be some when it is read. */
function couldHold(text: string): boolean {
  let digits = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    // A digit, or what may be one: a percent sign, an ampersand, a backslash, and what is no ASCII.
    if ((code >= 0x30 && code <= 0x39) || code === 0x25 || code === 0x26 || code === 0x5c || code > 0x7f)
      if (++digits === digitsMinBehindPlus) return true
  }
  return false
}
