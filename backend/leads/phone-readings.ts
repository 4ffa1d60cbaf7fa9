import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import { codeIn, type HomePlan, habitsOf, homePlanOf, planOf } from './phone-plan.ts'
import { todaysOf } from './phone-spellings.ts'

// E.164 itself ends at fifteen digits, and no country has numbers of fewer than seven, its code included.
const e164 = /^\+[0-9]{7,15}$/
/** Fifteen digits, a code twice, and a few prefixes. */
const textLengthMax = 28
/** What other countries dial in front of a country's code. Within this one it may begin numbers of its own. */
const dialledElsewhere = [/^011/, /^0011/, /^810/]
const plus = /^\+/
// The page writes it as a plus, so that it is never read as anything else.
const doubleZero = /^00/
const keypad = ['', '', 'ABC', 'DEF', 'GHI', 'JKL', 'MNO', 'PQRS', 'TUV', 'WXYZ']

/**
 * The E.164 form of a number as it is written in a region, or undefined where no plan has such a number. `text` holds
 * digits, pluses and letters only. What is certain is repaired: a prefix too many or too few, a form that was given up,
 * letters. Certain means that it is a number in use when it is read so, and none as it stands.
 */
export function e164Of(text: string, region: string): string | undefined {
  if (text.length > textLengthMax) return undefined
  const found = /\p{L}/u.test(text) ? fromLetters(text, homePlanOf(region)) : fromDigits(text, region)
  return found !== undefined && e164.test(found) ? found : undefined
}

/** Whether a number with a plus in front is in use. */
export function isInUse(phone: string): boolean {
  const [code, national] = partsOf(phone.slice(1))
  return code !== undefined && planOf(code).isValid(national)
}

/** Whether a number with a plus in front has a length that its country has. */
export function isPossible(phone: string): boolean {
  const [code, national] = partsOf(phone.slice(1))
  return code !== undefined && planOf(code).isPossible(national)
}

// Advertisers number campaigns with up to eleven digits or with more than any country has, and most of those are
// somebody's telephone, too: there only those of mobiles count.
const longerThanCampaigns = 12

/**
 * Whether digits that stand somewhere without a plus may be a phone number, and not the number of a campaign or an amount:
 * one of the region itself, or with the code of its country in front.
 */
export function mayBePhone(digits: string, region?: string): boolean {
  const [code, national] = partsOf(digits)
  if (code !== undefined) {
    const plan = planOf(code)
    if (digits.length >= longerThanCampaigns ? plan.isPossible(national) : plan.isMobile(national))
      return true
  }
  return region !== undefined && homePlanOf(region).plainNumber.test(digits)
}

function fromDigits(text: string, region: string): string | undefined {
  const home = homePlanOf(region)
  const beginsLikeCode = home.trunk !== '' && text.startsWith(home.plan.code)
  const plain = home.plainNumber.exec(text)
  if (plain && !beginsLikeCode) return `+${home.plan.code}${plain[1]}`
  // 49 151 … is a number of Germany without its plus, although the area of 04915 has numbers of any length.
  const own = beginsLikeCode ? inUseAmong(spellingsOf(text))[0] : undefined
  if (own !== undefined) return own
  const read = parsePhoneNumberFromString(text, region as CountryCode)
  if (read === undefined) return repaired(text, home)
  const plan = planOf(read.countryCallingCode)
  if (plan.isValid(read.nationalNumber)) return read.number
  return repaired(text, home, plan.isPossible(read.nationalNumber) ? read.number : undefined)
}

/** What a number is that is not in use as it stands; `possible` is what it would be then, if its country has such lengths. */
function repaired(text: string, home: HomePlan, possible?: string): string | undefined {
  const isAbroad = [plus, doubleZero, home.international].some((prefix) => prefix.test(text))
  const isHome = possible !== undefined && !isAbroad
  const prefixes = [home.international, doubleZero, ...(isHome ? [] : dialledElsewhere)]
  const abroad = abroadOf(text, prefixes).flatMap(spellingsOf)
  const [dialled] = inUseAmong(abroad)
  if (dialled !== undefined) return dialled
  // Whoever writes the code of a country means it, and its numbers grow faster than any table of them.
  if (possible !== undefined && (plus.test(text) || abroad.includes(possible))) return possible
  if (doubleZero.test(text)) return abroad.find(isPossible)
  const readings = [...homeOf(text, home), ...(possible === undefined ? [text] : [])]
  const [first, second] = inUseAmong(readings.flatMap(spellingsOf))
  if (first !== undefined && (second === undefined || possible === undefined)) return first
  return possible ?? abroad.find(isPossible)
}

/** Numbers with letters in them are taken only where they are in use: 1800FLOWERS, "Tel 020 …", O for 0, 0xx11 … */
function fromLetters(text: string, home: HomePlan): string | undefined {
  if (text.length < 10 || text.replace(/[^0-9]/g, '').length < 3) return undefined
  const drop = text.replace(/[^0-9+]/g, '')
  const mistyped = text.replace(/[oо]/gi, '0').replace(/[il]/gi, '1')
  const dialled = text.replace(/[a-z]{3,}/gi, (word) => [...word].map(keyOf).join(''))
  const plain = [drop, mistyped, dialled].filter((each) => /^[0-9+]+$/.test(each))
  const readings = plain.flatMap((each) => [
    ...homeOf(each, home),
    ...abroadOf(each, [home.international]),
    ...(each === drop ? [] : [each]),
  ])
  return inUseAmong(readings.flatMap(spellingsOf))[0]
}

const keyOf = (letter: string) => keypad.findIndex((keys) => keys.includes(letter.toUpperCase()))

/** A number as one dialled at home, from the code of the country on. */
function homeOf(text: string, { plan: { code }, trunk }: HomePlan): string[] {
  const digits = text.replaceAll('+', '')
  return trunk !== '' && digits.startsWith(trunk)
    ? [code + digits, code + digits.slice(trunk.length)]
    : [code + digits]
}

/** A number as one dialled to another country, from the code of the country on: behind a plus, 00 and the like. */
function abroadOf(text: string, prefixes: readonly RegExp[]): string[] {
  const at = text.lastIndexOf('+')
  const digits = text.slice(at + 1)
  const found = at < 0 ? [] : [digits]
  // 001 and a country's code, of which the page made a plus and 1.
  for (const dialled of at < 0 ? [digits] : [digits, `00${digits}`])
    for (const prefix of prefixes) if (prefix.test(dialled)) found.push(dialled.replace(prefix, ''))
  return found
}

/** All that a number from the code of its country on may be meant as, in E.164. */
function spellingsOf(reading: string): string[] {
  const [code, national] = partsOf(reading)
  if (code === undefined) return []
  const { trunks, doubledCode } = habitsOf(code)
  const once = doubledCode.test(national) ? [national, national.replace(doubledCode, '')] : [national]
  const bare = once.flatMap((each) => [
    each,
    ...trunks.filter((trunk) => each.startsWith(trunk)).map((trunk) => each.slice(trunk.length)),
  ])
  return bare.flatMap((each) => [each, ...todaysOf(code, each)]).map((each) => `+${code}${each}`)
}

function inUseAmong(phones: readonly string[]): string[] {
  return [...new Set(phones)].filter(isInUse)
}

function partsOf(digits: string): [code: string | undefined, national: string] {
  const code = codeIn(digits)
  return [code, digits.slice(code?.length ?? 0)]
}
