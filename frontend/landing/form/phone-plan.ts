import type { PageView } from '../page-view.ts'

/** What the page is told of the numbers that its API takes, where those are of one country. */
export type PhonePlan = Readonly<{
  /** How few digits a number may have, as it is dialled within the country. */
  shortest: number
  code?: string
  /** What is dialled in front of a national number within the country. */
  trunk?: string
  /** How many digits national numbers have. */
  possible?: readonly number[]
  /** Where those that begin alike have one or two lengths: the lengths, and what the numbers begin with. */
  lengths?: Readonly<Record<string, string>>
}>

/** How many digits a number has, and how many those that begin like it have, each as it was typed. */
export type OddLength = Readonly<{ has: number; should: readonly number[] }>

/**
 * Looks for a digit that is missing, or one too many: a number that the API takes, since its country has some of that
 * length, though none that begin so.
 */
export function oddLengthOf(phone: string, plan: PhonePlan | undefined): OddLength | undefined {
  if (!plan?.lengths || !/^\+?[0-9]+$/.test(phone)) return undefined
  const has = phone.replace('+', '').length
  const national = nationalOf(phone, plan)
  // A prefix such as 1 or 8 may as well be the first digit of a number that has none.
  const isTaken = (length: number) => plan.possible?.includes(length)
  if (national === undefined || !(isTaken(national.length) || (plan.trunk !== '0' && isTaken(has))))
    return undefined
  for (const [lengths, begins] of Object.entries(plan.lengths)) {
    if (!begins.split(' ').some((begin) => national.startsWith(begin))) continue
    const fit = lengths.split(',').map(Number)
    return fit.includes(national.length)
      ? undefined
      : { has, should: fit.map((length) => length + has - national.length) }
  }
  return undefined
}

function nationalOf(phone: string, { code, trunk = '' }: PhonePlan): string | undefined {
  const isAbroad = phone.startsWith('+')
  // Without a plus a number that begins so may be either.
  if (trunk !== code && isAbroad !== phone.replace('+', '').startsWith(code!)) return undefined
  if (isAbroad && !phone.startsWith(`+${code}`)) return undefined
  // Dialled from America, which no country's own numbers are as long as.
  if (/^011\d{10}/.test(phone)) return undefined
  const dialled = isAbroad ? phone.slice(1 + code!.length) : phone
  return trunk && dialled.startsWith(trunk) ? dialled.slice(trunk.length) : dialled
}

/** No country has numbers that are shorter. */
const ofAnyCountry: PhonePlan = { shortest: 4 }

/** Undefined where numbers may be from any country and have to be whole. */
export function planToldBy({ phone }: Pick<PageView, 'phone'>): PhonePlan | undefined {
  // Nobody told it to a page from a host that only serves files: there the API alone looks closely.
  return phone === undefined ? ofAnyCountry : (phone ?? undefined)
}
