import { describe, expect, test } from 'bun:test'
import type { Experiment } from '../experiment.ts'
import { resultsOf } from './results.ts'
import type { ByDevice } from './sample-ratio.ts'
import type { CountedDay } from './tally.ts'
import { verdictIn } from './words.ts'

const effect = 0.2
const dayNumber = (index: number) => new Date(Date.UTC(2026, 5, 1 + index)).toISOString().slice(0, 10)

const experimentOf = (...names: readonly string[]): Experiment => ({
  ...{ key: 'hero', salt: 'hero', running: true },
  variants: names.map((name) => ({ name, weight: 1 })),
})

/** As many days, each with these visitors of a variant and these conversions. */
function daysOf(
  count: number,
  each: Readonly<Record<string, readonly [exposed: number, converted: number]>>,
) {
  const tallies = new Map(
    Object.entries(each).map(([name, [exposed, converted]]) => [name, { exposed, converted }]),
  )
  return Array.from({ length: count }, (_, index): CountedDay => ({ day: dayNumber(index), tallies }))
}

function resultsAfter(
  days: readonly CountedDay[],
  names: readonly string[] = ['a', 'b'],
  byDevice: ByDevice = new Map(),
) {
  const robots = new Map([['b', 12]])
  const today = dayNumber(days.length)
  return resultsOf(experimentOf(...names), { days, today, robots, byDevice }, effect)
}

function wordsOf(days: readonly CountedDay[], names?: readonly string[], byDevice?: ByDevice) {
  const { verdict } = resultsAfter(days, names, byDevice)
  const bare = (text: string) => text.replace(/[\u2066\u2069]/g, '')
  return { code: verdict.code, en: bare(verdictIn('en', verdict)), fa: bare(verdictIn('fa', verdict)) }
}

describe('the verdict in words', () => {
  test('of a win before the horizon', () => {
    expect(wordsOf(daysOf(4, { a: [1_000, 40], b: [1_000, 70] }))).toEqual({
      code: 'win',
      en: '“b” is better than “a”: by 2 June 2026, 7% of the visitors of “b” converted and 4% of those of “a”. This holds however often you look.',
      fa: expect.stringContaining(
        '“b” بهتر از “a” است: تا پایان ۱۲ خرداد ۱۴۰۵، ۷٪ از بازدیدکنندگان “b” و ۴٪',
      ),
    })
  })

  test('of a win at the horizon', () => {
    expect(wordsOf(daysOf(30, { a: [1_000, 50], b: [1_000, 58] }))).toEqual({
      code: 'win',
      en: '“b” is better than “a”: by 10 June 2026, 5.8% of the visitors of “b” converted and 5% of those of “a”. The planned number of visitors has been reached.',
      fa: expect.stringContaining('برنامه‌ریزی‌شده'),
    })
  })

  test('of a loss', () => {
    expect(wordsOf(daysOf(4, { a: [1_000, 70], b: [1_000, 40] }))).toEqual({
      code: 'loss',
      en: '“b” is worse than “a”, so keep “a”: by 2 June 2026, 4% of the visitors of “b” converted and 7% of those of “a”. This holds however often you look.',
      fa: expect.stringContaining('“a” را نگه دارید'),
    })
  })

  test('of no difference', () => {
    expect(wordsOf(daysOf(30, { a: [1_000, 50], b: [1_000, 50] }))).toEqual({
      code: 'no_difference',
      en: 'No variant was found better than “a” when the planned number of visitors was reached on 10 June 2026. One that is 20% better would probably have shown.',
      fa: expect.stringContaining('۲۰٪'),
    })
  })

  test('of an experiment that is open, with the days that are left', () => {
    expect(wordsOf(daysOf(3, { a: [1_000, 50], b: [1_000, 55] }))).toEqual({
      code: 'open',
      en: 'Still open: nothing is certain yet. About 7 more days until the planned number of visitors.',
      fa: expect.stringContaining('حدود ۷ روز دیگر'),
    })
  })

  test('of too little data, and of none', () => {
    const en =
      'Too little data to say anything: each variant must be due 10 conversions first, on days that are over.'
    expect(wordsOf(daysOf(3, { a: [40, 2], b: [40, 3] }))).toMatchObject({ code: 'too_little_data', en })
    expect(wordsOf([])).toMatchObject({ code: 'too_little_data', en, fa: expect.stringContaining('۱۰') })
  })

  test('of a device that is not dealt as the others', () => {
    const byDevice = new Map(
      Object.entries({ phone: [2_000, 2_410], computer: [3_000, 2_990] }).map(([device, [a, b]]) => [
        device,
        new Map([
          ['a', a!],
          ['b', b!],
        ]),
      ]),
    )
    expect(wordsOf(daysOf(1, { a: [5_000, 200], b: [5_400, 600] }), ['a', 'b'], byDevice)).toMatchObject({
      en: expect.stringMatching(
        /It comes from phones: look at what the page does there in a single variant\.$/,
      ),
      fa: expect.stringContaining('از تلفن همراه می‌آید'),
    })
  })

  test('of visitors that are not dealt by the weights, whatever else was found', () => {
    expect(wordsOf(daysOf(1, { a: [5_000, 200], b: [5_400, 600] }))).toEqual({
      code: 'sample_ratio_fault',
      en: 'Do not trust these figures: visitors are not dealt by the weights (“a” 5,000 where 5,200 were due, “b” 5,400 where 5,200 were due). It is spread over all days and devices: look at redirects, caches and errors of a single variant.',
      fa: expect.stringContaining('اعتماد نکنید'),
    })
    expect(wordsOf(daysOf(10, { a: [500, 25], b: [505, 26] })).code).toBe('open')
  })

  test('of one variant', () => {
    expect(wordsOf(daysOf(3, { a: [40, 2] }), ['a']).code).toBe('nothing_to_compare')
  })

  test('of several variants: the first that is better, or that all are worse', () => {
    const names = ['a', 'b', 'c']
    expect(
      resultsAfter(daysOf(5, { a: [1_000, 40], b: [1_000, 41], c: [1_000, 80] }), names).verdict,
    ).toMatchObject({
      ...{ code: 'win', variant: 'c' },
    })
    expect(wordsOf(daysOf(5, { a: [1_000, 80], b: [1_000, 41], c: [1_000, 40] }), names)).toMatchObject({
      code: 'loss',
      en: expect.stringMatching(/^Keep “a”: all other variants are worse\./),
    })
  })
})

describe('a verdict stays', () => {
  test('whatever is counted after it', () => {
    const won = daysOf(4, { a: [1_000, 40], b: [1_000, 70] })
    const after = daysOf(60, { a: [1_000, 70], b: [1_000, 40] }).slice(4)
    expect(resultsAfter([...won, ...after]).verdict).toEqual(resultsAfter(won).verdict)
    const even = daysOf(20, { a: [1_000, 50], b: [1_000, 50] })
    expect(resultsAfter([...even, ...after]).verdict).toEqual(resultsAfter(even).verdict)
  })

  test('out until a day is over, which is in the figures all the same', () => {
    const days = daysOf(4, { a: [1_000, 40], b: [1_000, 70] })
    const found = resultsOf(
      experimentOf('a', 'b'),
      { days, today: dayNumber(1), robots: new Map(), byDevice: new Map() },
      effect,
    )
    expect(found.verdict.code).toBe('open')
    expect(found.variants.map(({ exposed }) => exposed)).toEqual([4_000, 4_000])
  })
})

test('each variant has its figures, and the robots that are in none of them', () => {
  const { variants, daysLeft, daysByEffect } = resultsAfter(daysOf(4, { a: [1_000, 50], b: [1_000, 55] }))
  expect(
    variants.map(({ variant, isControl, exposed, converted, robots, rate }) => [
      ...[variant, isControl, exposed, converted, robots, rate],
    ]),
  ).toEqual([
    ['a', true, 4_000, 200, 0, 0.05],
    ['b', false, 4_000, 220, 12, 0.055],
  ])
  expect(variants[1]!.lift).toBeCloseTo(0.1, 12)
  expect(variants[0]!.lift).toBeNull()
  expect(daysLeft).toBe(6)
  // To find a tenth takes about four times as long as a fifth.
  expect(daysByEffect.map(({ days }) => days)).toEqual([148, 38, 10, 7, 7])
})

test('nobody can say how long it takes where nobody comes or converts', () => {
  for (const days of [[], daysOf(9, { a: [100, 0], b: [100, 0] })]) {
    const { daysLeft, daysByEffect } = resultsAfter(days)
    expect([daysLeft, ...daysByEffect.map((each) => each.days)]).toEqual([null, null, null, null, null, null])
  }
})
