import { expect, test } from 'bun:test'
import { decide } from './decide.ts'
import { resultsOf } from './results.ts'
import { checkSampleRatio } from './sample-ratio.ts'
import type { CountedDay } from './tally.ts'
import type { Verdict } from './verdict.ts'

const effect = 0.2

/** A generator of numbers from 0 to 1 that gives the same ones for the same seed (mulberry32). */
function chanceFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

type Course = Readonly<{ rates: readonly number[]; weights: readonly number[]; aDay: number; days: number }>

/** The days of one experiment whose visitors come as chance has it. */
function daysOf({ rates, weights, aDay, days }: Course, chance: () => number): CountedDay[] {
  const sum = weights.reduce((total, weight) => total + weight, 0)
  const drawn = () => {
    let left = chance() * sum
    let variant = 0
    while (left >= weights[variant]!) left -= weights[variant++]!
    return variant
  }
  return Array.from({ length: days }, (_, index) => {
    const tallies = rates.map(() => ({ exposed: 0, converted: 0 }))
    for (let visitor = 0; visitor < aDay; visitor++) {
      const variant = drawn()
      tallies[variant]!.exposed++
      if (chance() < rates[variant]!) tallies[variant]!.converted++
    }
    const day = new Date(Date.UTC(2026, 0, 1 + index)).toISOString().slice(0, 10)
    return { day, tallies: new Map(tallies.map((tally, variant) => [`v${variant}`, tally])) }
  })
}

const weightsOf = ({ weights }: Course) => weights.map((weight, variant) => ({ name: `v${variant}`, weight }))

/** What is said at the end of each day, by the whole of the results. */
function verdictsOf(course: Course, chance: () => number): Verdict[] {
  const counted = daysOf(course, chance)
  const experiment = { key: 'k', salt: 'k', running: true, variants: weightsOf(course) }
  return counted.map((_, index) => {
    const today = counted[index + 1]?.day ?? '9999-12-31'
    const days = counted.slice(0, index + 1)
    return resultsOf(experiment, { days, today, robots: new Map(), byDevice: new Map() }, effect).verdict
  })
}

/** Whether somebody who looks every day is ever told something wrong of variants that are all the same. */
function isMistaken(course: Course, chance: () => number): boolean {
  const counted = daysOf(course, chance)
  const [control, ...others] = weightsOf(course)
  const outcomes = others.map(({ name, weight }) => {
    const ratio = weight / control!.weight
    return decide({ control: 'v0', other: name, ratio, effect, comparisons: others.length }, counted).outcome
  })
  const dealt = weightsOf(course).map(({ name, weight }) => ({ variant: name, weight }))
  const isFault =
    checkSampleRatio(dealt, counted, { robots: new Map(), byDevice: new Map() }).state === 'fault'
  return isFault || outcomes.includes('better') || outcomes.includes('worse')
}

test.each([
  [1_000, 'halves', { rates: [0.1, 0.1], weights: [1, 1], aDay: 350, days: 30 }],
  [300, 'one in ten', { rates: [0.1, 0.1], weights: [9, 1], aDay: 700, days: 30 }],
  [300, 'three', { rates: [0.3, 0.3, 0.3], weights: [1, 1, 1], aDay: 200, days: 30 }],
] as const)(
  'of %d experiments without a difference, by %s, at most 5 %% are called wrongly',
  (count, _, course) => {
    const chance = chanceFrom(14)
    const mistaken = Array.from({ length: count }, () => isMistaken(course, chance)).filter(Boolean).length
    expect(mistaken / count).toBeLessThanOrEqual(0.05)
  },
  30_000,
)

test('a difference that is there is found, most often long before the horizon where it is large', () => {
  const chance = chanceFrom(14)
  const said = Array.from({ length: 12 }, () =>
    verdictsOf({ rates: [0.1, 0.15], weights: [1, 1], aDay: 350, days: 30 }, chance),
  )
  expect(said.filter((each) => each.at(-1)!.code === 'win').length).toBeGreaterThanOrEqual(11)
  const early = said.filter((each) =>
    each.some((verdict) => verdict.code === 'win' && verdict.found.by === 'any_time'),
  )
  expect(early.length).toBeGreaterThanOrEqual(8)
}, 30_000)

test('what was said once is said every day after; only a sample-ratio fault takes it back, for good', () => {
  const chance = chanceFrom(14)
  for (let each = 0; each < 15; each++) {
    const said = verdictsOf({ rates: [0.1, 0.11], weights: [1, 1], aDay: 500, days: 30 }, chance)
    const firstOf = (codes: readonly string[]) => said.findIndex(({ code }) => codes.includes(code))
    const [found, fault] = [firstOf(['win', 'loss', 'no_difference']), firstOf(['sample_ratio_fault'])]
    const until = fault < 0 ? said.length : fault
    if (found >= 0) for (const verdict of said.slice(found, until)) expect(verdict).toEqual(said[found]!)
    for (const verdict of said.slice(until)) expect(verdict.code).toBe('sample_ratio_fault')
  }
}, 30_000)
