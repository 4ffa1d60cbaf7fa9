import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { standings } from './best.ts'
import { type Beta, betaDensity } from './beta.ts'
import { chiSquareTail, normalQuantile, normalTail } from './normal.ts'
import { wilsonInterval } from './wilson.ts'

/** How far a figure is from a published one, as a share of it. */
const errorOf = (found: number, published: number) =>
  published === 0 ? Math.abs(found) : Math.abs(found / published - 1)

// Figures of SciPy 1.17.1: norm.sf, norm.isf, chi2.sf, beta.pdf.
test.each([
  [0, 0.5],
  [0.5, 0.3085375387259869],
  [1.959963984540054, 0.025],
  [-1, 0.8413447460685429],
  [3, 0.0013498980316300933],
  [6, 9.865876450376946e-10],
  [10, 7.61985302416047e-24],
])('the normal distribution above %d is %d', (z, tail) => {
  expect(errorOf(normalTail(z), tail)).toBeLessThan(1e-13)
})

test.each([
  [0.5, 0],
  [0.025, 1.9599639845400545],
  [0.005, 2.575829303548901],
  [0.2, 0.8416212335729142],
  [0.9, -1.2815515655446004],
  [1e-9, 5.9978070150076865],
])('the normal quantile of %d is %d', (tail, z) => {
  expect(errorOf(normalQuantile(tail), z)).toBeLessThan(1e-13)
})

test.each([
  [3.841458820694124, 1, 0.05],
  [15.384615384615385, 1, 8.769942375590228e-5],
  [10.828, 1, 0.0009997657195830916],
  [0.5, 3, 0.9188914116546758],
  [16.2662, 3, 0.0010000171022171841],
  [40, 20, 0.0049954123083075785],
  [100, 4, 9.836624224615988e-21],
])('chi-square above %d with %d degrees of freedom is %d', (x, degrees, tail) => {
  expect(errorOf(chiSquareTail(x, degrees), tail)).toBeLessThan(1e-13)
})

test.each([
  [1, 1, 0.3, 0.9999999999999996],
  [2, 3, 0.4, 1.7279999999999998],
  [11, 91, 0.1, 13.318400029273304],
  [51, 951, 0.05, 57.845771697821256],
  [1, 5001, 0.0002, 1839.5810934569442],
  [120, 4880, 0.025, 159.53120047536385],
  [30001, 970001, 0.0301, 1970.1624979335259],
  [1, 5, 0, 5.0],
  [1000000, 9000000, 0.1001, 2411.410299153481],
])('the density of Beta(%d, %d) at %d is %d', (a, b, x, density) => {
  expect(errorOf(betaDensity({ a, b })(x), density)).toBeLessThan(1e-9)
})

// Newcombe, Statistics in Medicine 17 (1998), table 1; the last two of statsmodels 0.14.
test.each([
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
  [10, 100, 0.0552, 0.1744],
  [500, 1000, 0.4691, 0.5309],
])('the Wilson interval of %d in %d is known', (hits, trials, low, high) => {
  const found = wilsonInterval(hits, trials)
  expect(found[0]).toBeCloseTo(low, 4)
  expect(found[1]).toBeCloseTo(high, 4)
})

describe('how likely each share is the highest, and what is lost by taking it', () => {
  // By integrate.quad over beta.pdf and beta.cdf of SciPy 1.17.1: a, b, chance, loss.
  const published: readonly (readonly (readonly [a: number, b: number, chance: number, loss: number])[])[] = [
    [
      [11, 91, 0.02482696684712537, 0.0985185749902723],
      [21, 81, 0.9751730331528742, 0.0004793593039978117],
    ],
    [
      [1, 1, 0.4999999999999998, 0.16666666666666663],
      [1, 1, 0.4999999999999998, 0.16666666666666663],
    ],
    [
      [51, 951, 0.16438873512454044, 0.01087350556465997],
      [61, 941, 0.8356112648754599, 0.0008934656445002895],
    ],
    [
      [1, 101, 0.014476504044580802, 0.049157339481154395],
      [6, 96, 0.9855234959554185, 0.00013773163801714117],
    ],
    [
      [30001, 970001, 0.10738979141435459, 0.00031247697852957584],
      [30301, 969701, 0.8926102085856465, 1.2477578528374833e-5],
    ],
    [
      [101, 901, 0.04620831498933166, 0.022252730609337606],
      [111, 891, 0.22690518717768507, 0.012272690689177926],
      [121, 881, 0.7268864978329836, 0.002292650769018245],
    ],
    [
      [1, 5001, 1.8834212236626973e-37, 0.20568243290918928],
      [21, 81, 1.0, 2.7755575615628914e-17],
    ],
    [
      [2, 2, 0.5000000000000002, 0.0937501874993436],
      [500001, 500001, 0.49999999999999706, 0.0937501874993436],
    ],
    [
      [6, 46, 0.25000000000000006, 0.047339013820448916],
      [6, 46, 0.25000000000000006, 0.047339013820448916],
      [6, 46, 0.25000000000000006, 0.047339013820448916],
      [6, 46, 0.25000000000000006, 0.047339013820448916],
    ],
  ]

  test.each(published.map((each) => [each]))('is for %j as published', (each) => {
    const found = standings(each.map(([a, b]) => ({ a, b })))
    each.forEach(([, , chance, loss], index) => {
      expect(Math.abs(found[index]!.chanceToBeBest - chance)).toBeLessThan(1e-6)
      expect(Math.abs(found[index]!.expectedLoss - loss)).toBeLessThan(1e-8)
    })
  })

  const share = fc.record({ a: fc.integer({ min: 1, max: 5_000 }), b: fc.integer({ min: 1, max: 5_000 }) })

  test('the chances come to one, and no loss is below nothing', () => {
    fc.assert(
      fc.property(fc.array(share, { minLength: 1, maxLength: 4 }), (shares) => {
        const found = standings(shares)
        expect(found.reduce((sum, { chanceToBeBest }) => sum + chanceToBeBest, 0)).toBeCloseTo(1, 4)
        for (const { expectedLoss } of found) expect(expectedLoss).toBeGreaterThanOrEqual(0)
      }),
      { numRuns: 50 },
    )
  })

  // A share with few hits lies against its end, where a wide cell loses what is steep there.
  test.each([
    [[{ a: 2, b: 59 }]],
    [[{ a: 4, b: 25 }]],
    [
      [
        { a: 59, b: 2 },
        { a: 4, b: 25 },
      ],
    ],
    [[{ a: 1, b: 1 }]],
  ])('the chances come to one near an end: %j', (shares) => {
    const sum = standings(shares).reduce((sofar, { chanceToBeBest }) => sofar + chanceToBeBest, 0)
    expect(sum).toBeCloseTo(1, 5)
  })

  test('two that change places change figures', () => {
    fc.assert(
      fc.property(share, share, (one: Beta, two: Beta) => {
        const [there, back] = [standings([one, two]), standings([two, one])]
        expect(there[0]!.chanceToBeBest).toBeCloseTo(back[1]!.chanceToBeBest, 10)
        expect(there[1]!.expectedLoss).toBeCloseTo(back[0]!.expectedLoss, 10)
      }),
      { numRuns: 50 },
    )
  })
})
