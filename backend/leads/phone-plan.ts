import { type CountryCode, getCountries, getCountryCallingCode, Metadata } from 'libphonenumber-js/max'
import { type Beginnings, beginningsOf, either, isAmong } from './phone-beginnings.ts'
import { wasOtherwise } from './phone-spellings.ts'

/** What is known of the numbers behind one calling code, which several countries may share. */
export type NumberingPlan = Readonly<{
  code: string
  /** Whether this is the national part of a number that is in use: no prefix in front. */
  isValid(national: string): boolean
  /** Whether it is one of those that people carry with them. Some countries do not tell them apart. */
  isMobile(national: string): boolean
  /** Whether numbers have this length; none begins with a zero but where that is no prefix. */
  isPossible(national: string): boolean
}>

/** What is dialled within one country. */
export type HomePlan = Readonly<{
  plan: NumberingPlan
  /** What is dialled in front of a number within the country, such as 0; or ''. */
  trunk: string
  /** The numbers of this plan in use, nationally with and without the trunk and internationally; $1 is their national part. */
  plainNumber: RegExp
  /** What is dialled in front of another country's code. */
  international: RegExp
}>

// The library's types leave most of its numbering plans out; what a plan lacks is a 0 in some and nothing in others.
type PlanData = Readonly<{
  IDDPrefix(): string
  nationalNumberPattern(): string
  nationalPrefix(): string | 0 | undefined
  nationalPrefixForParsing(): string | 0 | undefined
  nationalPrefixTransformRule(): string | 0 | undefined
  possibleLengths(): number[]
  type(name: string): Readonly<{ pattern(): string }> | undefined
}>

const typeNames = [
  ...['FIXED_LINE', 'MOBILE', 'TOLL_FREE', 'PREMIUM_RATE', 'SHARED_COST'],
  ...['VOIP', 'PERSONAL_NUMBER', 'PAGER', 'UAN', 'VOICEMAIL'],
]

// What nobody leaves to be rung on.
const notForCalls = ['VOICEMAIL', 'PAGER']

const regionsOf = Map.groupBy(getCountries(), (region) => String(getCountryCallingCode(region)))

/** The plan of a calling code such as `44`. */
export const planOf = kept((code: string): NumberingPlan => {
  // A code of no country, such as that of satellites, stands for itself.
  const regions = (regionsOf.get(code) ?? [code]).map(dataOf)
  const valid = anyOf(regions.map((data) => patternOf(data)))
  const mobile = anyOf(regions.map((data) => patternOf(data, ['MOBILE'])))
  const lengths = new Set(regions.flatMap((data) => data.possibleLengths()))
  const zeros = regions.reduce((all, data) => all | lengthsWithZero(data.nationalNumberPattern()), 0)
  return {
    code,
    isValid: (national) => valid.test(national),
    isMobile: (national) => mobile.test(national),
    isPossible: (national) =>
      lengths.has(national.length) && (national[0] !== '0' || isAmong(zeros, national.length)),
  }
})

/** What is dialled within a country such as `GB`. */
export const homePlanOf = kept((region: string): HomePlan => {
  const data = dataOf(region)
  const code = String(getCountryCallingCode(region as CountryCode))
  const trunk = data.nationalPrefix() || ''
  const siblings = (regionsOf.get(code) ?? []).map(dataOf).map((data) => patternOf(data))
  const prefix = isPlain(data, trunk) ? `(?:\\+${code}|(?!${data.IDDPrefix()})(?:${trunk})?)` : `\\+${code}`
  return {
    plan: planOf(code),
    trunk,
    plainNumber: new RegExp(`^${prefix}(${[patternOf(data), ...siblings].join('|')})$`),
    international: new RegExp(`^(?:${data.IDDPrefix()})`),
  }
})

/** What the page is told of the numbers of its region. */
export type PagePhonePlan = Readonly<{
  /** How few digits may be typed for a number: those without their area and of old forms among them. */
  shortest: number
  /** What is dialled in front of a national number, from abroad and at home. */
  code: string
  trunk: string
  /** How many digits national numbers have. */
  possible: readonly number[]
  /** Where those that begin alike have one or two lengths: the lengths, and what the numbers begin with. */
  lengths: Readonly<Record<string, string>>
}>

export function pagePhonePlan(region: string): PagePhonePlan {
  const data = dataOf(region)
  const { code } = planOf(String(getCountryCallingCode(region as CountryCode)))
  const siblings = regionsOf.get(code)!.map(dataOf)
  const possible = [...new Set(siblings.flatMap((each) => each.possibleLengths()))].sort((a, b) => a - b)
  return {
    shortest: Math.min(...data.possibleLengths(), data.nationalPrefixTransformRule() ? 5 : 7),
    code,
    trunk: data.nationalPrefix() || '',
    possible,
    // Where the area may be left out, or a digit of today, a short number is as good as a whole one.
    lengths: data.nationalPrefixTransformRule() || wasOtherwise(code) ? {} : lengthsOf(siblings, possible),
  }
}

/** The lengths by beginnings of one digit where all that begin so have the same, else of two. */
function lengthsOf(regions: readonly PlanData[], possible: readonly number[]): Record<string, string> {
  const inUse = typeNames.filter((name) => !notForCalls.includes(name))
  const patterns = regions.flatMap((data) => inUse.map((name) => data.type(name)?.pattern() ?? ''))
  const all = patterns
    .filter(Boolean)
    .map(beginningsOf)
    .reduce<Beginnings>((some, more) => either(some, more), new Map())
  const found = new Map(
    [...all].map(([begin, lengths]) => [begin, possible.filter((length) => isAmong(lengths, length))]),
  )
  const told = [...Map.groupBy(found, ([begin]) => begin[0]!)].flatMap(([digit, some]) => {
    const isOne = new Set(some.map(([, lengths]) => lengths.join())).size === 1
    return isOne ? [[digit, some[0]![1]] as const] : some
  })
  const few = told.filter(([, lengths]) => lengths.length <= 2 && lengths.length < possible.length)
  return Object.fromEntries(
    [...Map.groupBy(few, ([, lengths]) => lengths.join())].map(([lengths, some]) => [
      lengths,
      some
        .map(([begin]) => begin)
        .sort()
        .join(' '),
    ]),
  )
}

// One network until 1991, within which 8 was dialled before the area.
const dialledEightOnce = '371 372 373 374 380 992 993 994 995 996 998'.split(' ')

/**
 * What people write too much behind a calling code: the trunk of its country, the zero of other countries, what they dialled
 * before, and the code once more.
 */
export const habitsOf = kept((code: string) => {
  const [region] = regionsOf.get(code) ?? []
  const trunk = (region !== undefined && dataOf(region).nationalPrefix()) || '0'
  const before = dialledEightOnce.includes(code) ? ['80', '8'] : []
  return {
    trunks: [...new Set([trunk, '0', ...before])],
    doubledCode: new RegExp(`^\\+?(?:00|011)?${code}`),
  }
})

/** The calling code at the beginning of an international number without its plus, or undefined. */
export function codeIn(digits: string): string | undefined {
  for (let length = 1; length <= 3; length++) {
    const code = digits.slice(0, length)
    if (regionsOf.has(code)) return code
  }
  return undefined
}

/** Whether all that is ever dialled in front of a national number is its trunk. */
function isPlain(data: PlanData, trunk: string): boolean {
  if (data.nationalPrefixTransformRule()) return false
  const parsed = (data.nationalPrefixForParsing() || trunk).split('|')
  return parsed.every((one) => one === trunk || !one.startsWith(trunk))
}

function patternOf(data: PlanData, names = typeNames): string {
  const types = names.map((name) => data.type(name)?.pattern() ?? '').filter(Boolean)
  return `(?=(?:${data.nationalNumberPattern()})$)(?:${types.join('|')})`
}

function lengthsWithZero(pattern: string): number {
  let lengths = 0
  for (const [beginning, some] of beginningsOf(pattern)) if (beginning.startsWith('0')) lengths |= some
  return lengths
}

function anyOf(patterns: readonly string[]): RegExp {
  const some = patterns.filter(Boolean)
  return some.length === 0 ? /^\b$/ : new RegExp(`^(?:${some.join('|')})$`)
}

function dataOf(region: string): PlanData {
  const metadata = new Metadata()
  metadata.selectNumberingPlan(region as CountryCode)
  return metadata.numberingPlan as unknown as PlanData
}

function kept<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, T>()
  return (name) => {
    const known = made.get(name) ?? make(name)
    made.set(name, known)
    return known
  }
}
