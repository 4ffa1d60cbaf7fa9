import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { differenceAtAnyTime, differenceAtHorizon } from './difference.ts'
import { visitorsNeeded } from './horizon.ts'
import { type ByDevice, checkSampleRatio } from './sample-ratio.ts'
import type { CountedDay, Tally } from './tally.ts'

const tally = (converted: number, exposed: number): Tally => ({ converted, exposed })

// statsmodels 0.14: confint_proportions_2indep(…, method='agresti-caffo', compare='diff').
test.each([
  [1, 34, 7, 34, 0.011611670142613911, 0.3217216631907194],
  [100, 2000, 120, 2000, -0.004183282710862242, 0.024163302690882224],
  [6, 60, 0, 50, -0.1808441827843482, -0.006500730367016566],
])('at the horizon %d of %d and %d of %d differ as published', (hits, trials, others, of, low, high) => {
  const found = differenceAtHorizon(tally(hits, trials), tally(others, of), 0.05)
  expect(found.low).toBeCloseTo(low, 12)
  expect(found.high).toBeCloseTo(high, 12)
})

// Where the likelihood ratio with a normal mixture, integrated by SciPy 1.17.1, comes to 1 / alpha.
test.each([
  [48, 998, 68, 998, 0.01, 0.01, -0.02798560516377785, 0.06798560516377786],
  [498, 9998, 598, 9998, 0.05, 0.01, 0.00021930990144730308, 0.0197806900985527],
  [20, 500, 90, 4500, 0.01, 0.004, -0.09199844000485574, 0.04875957848071685],
])('at any time %d of %d and %d of %d differ as by integration', (...given) => {
  const [hits, trials, others, of, alpha, yardstick, low, high] = given
  const found = differenceAtAnyTime(tally(hits, trials), tally(others, of), { alpha, yardstick })
  expect(found.low).toBeCloseTo(low, 9)
  expect(found.high).toBeCloseTo(high, 9)
})

test('two variants that change places turn the difference around', () => {
  const some = fc
    .record({
      exposed: fc.integer({ min: 0, max: 100_000 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    .map(({ exposed, share }) => tally(Math.floor(exposed * share), exposed))
  fc.assert(
    fc.property(some, some, (one, two) => {
      for (const of of [
        (a: Tally, b: Tally) => differenceAtHorizon(a, b, 0.04),
        (a: Tally, b: Tally) => differenceAtAnyTime(a, b, { alpha: 0.01, yardstick: 0.01 }),
      ]) {
        expect(of(one, two).low).toBeCloseTo(-of(two, one).high, 12)
        expect(of(one, two).high).toBeCloseTo(-of(two, one).low, 12)
      }
    }),
  )
})

// `power.prop.test` of R, whose manual has the first; the last by the same formula of Fleiss for two to one.
test.each([
  [0.5, 0.5, 0.05, 0.9, 1, 76.70692845177747],
  [0.05, 0.2, 0.05, 0.8, 1, 8157.731447849284],
  [0.1, 0.1, 0.05, 0.8, 2, 11124.279187859473],
])('to find of %d a change by %d takes as many visitors as published', (...given) => {
  const [rate, effect, alpha, power, ratio, needed] = given
  expect(visitorsNeeded({ rate, effect, alpha, power, ratio })).toBeCloseTo(needed, 6)
})

test('no number of visitors finds a share of nothing', () => {
  expect(visitorsNeeded({ rate: 0, effect: 0.2, alpha: 0.05, power: 0.8, ratio: 1 })).toBe(
    Number.POSITIVE_INFINITY,
  )
})

describe('the check of the sample ratio', () => {
  const names = ['a', 'b', 'c', 'd']
  const dayOf = (day: number, ...exposed: readonly number[]): CountedDay => ({
    ...{ day: `2026-06-0${day}` },
    tallies: new Map(exposed.map((each, index) => [names[index]!, tally(0, each)])),
  })
  const check = (
    days: readonly CountedDay[],
    weights: readonly number[] = [1, 1],
    robots: Record<string, number> = {},
    byDevice: ByDevice = new Map(),
  ) =>
    checkSampleRatio(
      weights.map((weight, index) => ({ variant: names[index]!, weight })),
      days,
      { robots: new Map(Object.entries(robots)), byDevice },
    )

  // The third is the example of Kohavi, Tang and Xu (2020), the fourth are Mendel's peas; p of scipy.stats.chisquare.
  test.each([
    [[5_000, 5_400], [1, 1], 'fault', 8.769942375590228e-5],
    [[5_000, 5_050], [1, 1], 'as_dealt', 0.6179522266795625],
    [[821_579, 815_482], [1, 1], 'fault', 1.8863940678078918e-6],
    [[315, 101, 108, 32], [9, 3, 3, 1], 'as_dealt', 0.925425895103616],
  ] as const)('of %j by %j is %s', (exposed, weights, state, p) => {
    const found = check([dayOf(1, ...exposed)], weights)
    expect(found.state).toBe(state)
    expect(found.p! / p).toBeCloseTo(1, 12)
  })

  test('says nothing of fewer than 100, nor where a variant is due fewer than 5', () => {
    expect(check([dayOf(1, 99, 0)]).state).toBe('too_few')
    expect(check([dayOf(1, 100, 0)]).state).toBe('fault')
    expect(check([dayOf(1, 400, 0)], [100, 1]).state).toBe('too_few')
    expect(check([dayOf(1, 1_000)], [1]).state).toBe('too_few')
  })

  test('is the same for weights in another unit, and for variants in another order', () => {
    const count = fc.integer({ min: 0, max: 10_000 })
    fc.assert(
      fc.property(count, count, fc.double({ min: 0.01, max: 100, noNaN: true }), (one, two, unit) => {
        const { p } = check([dayOf(1, one, two)], [3, 1])
        const others = [
          check([dayOf(1, one, two)], [3 * unit, unit]).p,
          check([dayOf(1, two, one)], [1, 3]).p,
        ]
        for (const other of others) expect(other).toEqual(p === null ? null : expect.closeTo(p, 9))
      }),
    )
  })

  test('stays what it was on the first day with a fault', () => {
    const days = [dayOf(1, 1_000, 1_000), dayOf(2, 1_000, 700), dayOf(3, 9_000, 9_000)]
    expect(check(days)).toMatchObject({ state: 'fault', day: '2026-06-02' })
    expect(check([dayOf(1, 10_000, 9_700 + 1_000)]).state).toBe('fault')
    expect(check([dayOf(1, 11_000, 10_700)]).state).toBe('as_dealt')
  })

  describe('finds the likely cause', () => {
    const causeOf = (days: readonly CountedDay[], robots?: Record<string, number>, byDevice?: ByDevice) =>
      check(days, [1, 1], robots, byDevice).cause
    const shownWith = (of: Readonly<Record<string, readonly [a: number, b: number]>>): ByDevice =>
      new Map(
        Object.entries(of).map(([device, [a, b]]) => [
          device,
          new Map([
            ['a', a],
            ['b', b],
          ]),
        ]),
      )

    test('one day that is not as the others', () => {
      const days = [dayOf(1, 1_000, 1_010), dayOf(2, 1_000, 400), dayOf(3, 990, 1_000)]
      expect(causeOf(days)).toEqual({ kind: 'days', days: ['2026-06-02'], devices: [] })
    })

    test('a day from which on it is so', () => {
      const days = [dayOf(1, 1_000, 1_010), dayOf(2, 990, 1_000), dayOf(3, 1_000, 700), dayOf(4, 1_000, 690)]
      expect(causeOf(days)).toEqual({ kind: 'since', days: ['2026-06-03', '2026-06-04'], devices: [] })
    })

    test('one device, on whatever day, where all others are as dealt', () => {
      const days = [dayOf(1, 1_500, 1_310), dayOf(2, 1_500, 1_300)]
      const byDevice = shownWith({ phone: [1_000, 600], computer: [1_500, 1_510], '': [500, 500] })
      expect(causeOf(days, {}, byDevice)).toEqual({ kind: 'devices', devices: ['phone'] })
      // Of those who told no device it cannot be said with what they came.
      const untold = shownWith({ phone: [1_500, 1_510], '': [1_500, 1_100] })
      expect(causeOf(days, {}, untold)).toEqual({ kind: 'always' })
      const all = shownWith({ phone: [1_000, 600], computer: [1_000, 610], '': [1_000, 1_400] })
      expect(causeOf(days, {}, all)).toEqual({ kind: 'always' })
    })

    test('no device where too few came with the others to tell', () => {
      const days = [dayOf(1, 1_600, 1_300), dayOf(2, 1_600, 1_290)]
      const byDevice = shownWith({ phone: [2_300, 1_850], computer: [850, 700], tablet: [50, 40] })
      expect(causeOf(days, {}, byDevice)).toEqual({ kind: 'always' })
    })

    test('one device from a day on', () => {
      const days = [dayOf(1, 1_000, 1_010), dayOf(2, 990, 1_000), dayOf(3, 1_000, 700), dayOf(4, 1_000, 690)]
      expect(causeOf(days, {}, shownWith({ tablet: [1_000, 400], phone: [2_990, 3_000] }))).toEqual({
        ...{ kind: 'since', days: ['2026-06-03', '2026-06-04'], devices: ['tablet'] },
      })
    })

    test('no day more than others', () => {
      expect(causeOf([1, 2, 3, 4].map((day) => dayOf(day, 1_000, 900)))).toEqual({ kind: 'always' })
      expect(causeOf([1, 2, 3].map((day) => dayOf(day, 1_000, 600)))).toEqual({ kind: 'always' })
    })

    test('robots of one variant that were left out', () => {
      const days = [1, 2, 3, 4].map((day) => dayOf(day, 1_000, 900))
      expect(causeOf(days, { b: 390 })).toEqual({ kind: 'robots' })
    })

    test('nothing where there is no fault', () => {
      expect(causeOf([dayOf(1, 1_000, 1_010)])).toBeNull()
    })
  })
})
