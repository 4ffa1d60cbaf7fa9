import type { Device } from '../../words/device.ts'

/** One visit of the demonstration; `isLead` where a number was left. */
export type Visit = Readonly<{
  atMs: number
  word: string
  attribution: Readonly<Record<string, string>>
  /** Of those who had come before by something else. */
  firstTouch?: Readonly<Record<string, string>>
  language: string
  landing: string
  device: Device
  isBot: boolean
  lead?: 'real' | 'suspect'
}>

export type Shape = Readonly<{ leads: number; days: number; nowMs: number }>

const dayMs = 24 * 60 * 60_000
const conversion = 0.15
const suspectShare = 0.015
const botShare = 0.03
const againShare = 0.2

// By the hour of UTC, as visitors of a country two hours to the east come: little at night, most in the evening.
const hours = [2, 1, 1, 1, 2, 4, 7, 10, 12, 13, 13, 12, 12, 12, 11, 11, 12, 14, 17, 18, 15, 10, 6, 3]
// From Sunday on.
const weekdays = [0.7, 1, 1.05, 1.1, 1.05, 0.95, 0.75]
// A spot on television so many days ago.
const spot = { daysAgo: 9, times: 2.4 }

// Share of the visits, and how much more often than others their visitors leave a number.
const origins = [
  { share: 30, times: 1.15, touch: { utm_source: 'google', utm_medium: 'cpc', utm_campaign: 'winter' } },
  { share: 22, times: 0.8, touch: { utm_source: 'instagram', utm_medium: 'social', utm_campaign: 'winter' } },
  {
    ...{ share: 14, times: 0.7, path: '/spot' },
    touch: { utm_source: 'tv', utm_medium: 'offline', utm_campaign: 'spot' },
  },
  {
    ...{ share: 10, times: 1.6, path: '/returning' },
    touch: { utm_source: 'sms', utm_medium: 'message', utm_campaign: 'returning' },
  },
  {
    ...{ share: 6, times: 1.3, path: '/returning' },
    touch: { utm_source: 'newsletter', utm_medium: 'email', utm_campaign: 'returning' },
  },
  { share: 5, times: 0.9, touch: { referrer: 'https://www.bing.com/' } },
  { share: 13, times: 1, touch: {} },
] as const
const languages = [
  { share: 6, name: 'en' },
  { share: 4, name: 'fa' },
] as const

// Nobody types on a phone as gladly as at a table.
const devices = [
  { share: 71, times: 0.93, name: 'phone' },
  { share: 22, times: 1.25, name: 'computer' },
  { share: 6, times: 1.05, name: 'tablet' },
  { share: 1, times: 0.4, name: 'other' },
] as const satisfies readonly Readonly<{ share: number; times: number; name: Device }>[]

// What visitors are shown: how they are dealt, of a hundred, and how much more often than others those of a variant leave a
// number. The last experiment is dealt wrongly, so that the desk can be seen to say so.
const experiments = [
  { key: 'hero', everybody: 1, fromDaysAgo: Infinity, variants: { a: [50, 1], b: [50, 1.1] } },
  { key: 'price', everybody: 0.08, fromDaysAgo: 6, variants: { low: [50, 1], high: [50, 0.99] } },
  { key: 'button', everybody: 0.1, fromDaysAgo: 20, variants: { short: [54, 1], long: [46, 1.02] } },
] as const

/** The experiments beside those of the page. */
export const ownExperiments = experiments
  .filter(({ key }) => key !== 'hero')
  .map(({ key, variants }) => ({
    ...{ key, salt: key, running: key !== 'button' },
    variants: Object.keys(variants).map((name) => ({ name, weight: 50 })),
  }))

/** Numbers between 0 and 1 that are the same whenever they begin with the same one (mulberry32). */
export function chances(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** All visits, a list for each day, in the order in which they came. */
export function* visitsByDay({ leads, days, nowMs }: Shape): Generator<Visit[]> {
  const chance = chances(20_261_130)
  const drawing = { chance, deal: dealer(chance) }
  const today = Math.floor(nowMs / dayMs) * dayMs
  const starts = Array.from({ length: days }, (_, index) => today - (days - 1 - index) * dayMs)
  const weights = starts.map((startMs, index) => weightOf(startMs, index, days) * partOver(startMs, nowMs))
  const perWeight = leads / conversion / weights.reduce((sum, weight) => sum + weight, 0)
  for (const [index, startMs] of starts.entries()) {
    const times = Array.from({ length: Math.round(perWeight * weights[index]!) }, () =>
      timeIn(startMs, nowMs, chance),
    )
    yield times.sort((one, two) => one - two).map((atMs) => visitAt(atMs, days - 1 - index, drawing))
  }
}

function weightOf(startMs: number, index: number, days: number): number {
  const growth = 1 + (0.5 * index) / days
  return (
    growth * weekdays[new Date(startMs).getUTCDay()]! * (days - 1 - index === spot.daysAgo ? spot.times : 1)
  )
}

const allHours = hours.reduce((sum, weight) => sum + weight, 0)

/** How much of a day's visits have come by now. */
function partOver(startMs: number, nowMs: number): number {
  const over = Math.min(24, (nowMs - startMs) / 3_600_000)
  return (
    hours.reduce((sum, weight, hour) => sum + weight * Math.min(1, Math.max(0, over - hour)), 0) / allHours
  )
}

function timeIn(startMs: number, nowMs: number, chance: () => number): number {
  while (true) {
    const hour = oneOf(hours, (weight) => weight, chance)
    const atMs = Math.floor(startMs + (hour + chance()) * 3_600_000)
    if (atMs < nowMs) return atMs
  }
}

type Drawing = Readonly<{ chance: () => number; deal(experiment: string): string }>

/**
 * Deals the variants of each experiment out of shuffled decks of a hundred, so that what is dealt rightly is never seen to be at
 * fault, as one experiment in some hundreds is by chance.
 */
function dealer(chance: () => number): Drawing['deal'] {
  const decks = new Map<string, string[]>()
  return (experiment) => {
    const deck = decks.get(experiment) ?? []
    decks.set(experiment, deck)
    if (deck.length === 0) {
      const { variants } = experiments.find(({ key }) => key === experiment)!
      for (const [name, [share]] of Object.entries(variants) as [string, readonly [number, number]][])
        deck.push(...Array.from({ length: share }, () => name))
    }
    const [card] = deck.splice(Math.floor(chance() * deck.length), 1)
    return card!
  }
}

function visitAt(atMs: number, daysAgo: number, { chance, deal }: Drawing): Visit {
  const origin = origins[oneOf(origins, ({ share }) => share, chance)]!
  const language = languages[oneOf(languages, ({ share }) => share, chance)]!.name
  const device = devices[oneOf(devices, ({ share }) => share, chance)]!
  let times: number = origin.times * device.times
  const parts: string[] = []
  for (const { key, everybody, fromDaysAgo, variants } of experiments) {
    if (daysAgo > fromDaysAgo || chance() > everybody) continue
    const name = deal(key)
    parts.push(`${key}.${name}`)
    times *= (variants as Readonly<Record<string, readonly [share: number, times: number]>>)[name]![1]
  }
  const before = origins[oneOf(origins, ({ share }) => share, chance)]!
  const isAgain = chance() < againShare
  const isBot = chance() < botShare
  const isLead = !isBot && chance() < conversion * times
  return {
    ...{ atMs, word: parts.join('-'), attribution: origin.touch, language, isBot, device: device.name },
    landing: 'path' in origin ? origin.path : chance() < 0.4 ? '/' : `/${language}`,
    ...(isAgain && before !== origin && { firstTouch: before.touch }),
    ...(isLead && { lead: chance() < suspectShare ? 'suspect' : 'real' }),
  }
}

/** The place of one of these, each as often as it weighs. */
function oneOf<T>(all: readonly T[], weightOf: (each: T) => number, chance: () => number): number {
  let left = chance() * all.reduce((sum, each) => sum + weightOf(each), 0)
  const place = all.findIndex((each) => {
    left -= weightOf(each)
    return left < 0
  })
  return place < 0 ? all.length - 1 : place
}
