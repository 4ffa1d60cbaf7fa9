import { describe, expect, test } from 'bun:test'
import { type Experiment, newExperiment } from './experiment.ts'
import { variantFor } from './variant-for.ts'

const visitorCount = 100_000
const visitors = Array.from({ length: visitorCount }, (_, index) => `visitor-${index}`)

const weighed = (key: string, ...weights: number[]): Experiment => ({
  ...newExperiment(key, []),
  variants: weights.map((weight, index) => ({ name: `v${index}`, weight })),
})

// What χ² exceeds by chance once in a thousand, by degrees of freedom.
const chiSquaredMax: Readonly<Record<number, number>> = { 1: 10.828, 3: 16.266, 4: 18.467 }

function chiSquared(observed: readonly number[], expected: readonly number[]): number {
  return observed.reduce((sum, count, index) => sum + (count - expected[index]!) ** 2 / expected[index]!, 0)
}

function count(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return counts
}

describe('100,000 visitors are split by weight, as chance would', () => {
  test.each([
    ['evenly', [1, 1]],
    ['by 90 and 10', [90, 10]],
    ['into four, one of them tiny', [0.5, 0.3, 0.19, 0.01]],
  ])('%s', (_, weights) => {
    const experiment = weighed('hero', ...weights)
    const counts = count(visitors.map((visitor) => variantFor(experiment, visitor)))
    const sum = weights.reduce((total, weight) => total + weight)
    const observed = weights.map((_, index) => counts.get(`v${index}`) ?? 0)
    const expected = weights.map((weight) => (weight / sum) * visitorCount)
    expect(chiSquared(observed, expected)).toBeLessThan(chiSquaredMax[weights.length - 1]!)
  })
})

test.each([
  ['with keys that differ by a letter', weighed('hero', 1, 1, 1), weighed('hera', 1, 1, 1)],
  ['with one salt after another', weighed('hero', 2, 1, 1), { ...weighed('hero', 2, 1, 1), salt: 'hero:2' }],
])('two experiments %s know nothing of each other', (_, first, second) => {
  const pairs = visitors.map(
    (visitor) => `${variantFor(first, visitor)} ${variantFor(second, visitor)}` as const,
  )
  const [together, ofFirst, ofSecond] = [
    count(pairs),
    count(pairs.map((pair) => pair.split(' ')[0]!)),
    count(pairs.map((pair) => pair.split(' ')[1]!)),
  ]
  const cells = [...ofFirst.keys()].flatMap((one) =>
    [...ofSecond.keys()].map((other) => [one, other] as const),
  )
  const observed = cells.map(([one, other]) => together.get(`${one} ${other}`) ?? 0)
  const expected = cells.map(([one, other]) => (ofFirst.get(one)! * ofSecond.get(other)!) / visitorCount)
  expect(cells).toHaveLength(9)
  expect(chiSquared(observed, expected)).toBeLessThan(chiSquaredMax[4]!)
})

test('a visitor gets the variant that other clients can compute: SHA-256 of salt, colon, id; its first 52 bits', () => {
  // Changing these moves every visitor who is not assigned.
  const experiment = weighed('hero', 1, 1, 1, 1)
  const given = ['visitor-1', 'visitor-2', 'visitor-3', 'sara', 'b0Zy4vX9mR2tLq7WcE1uaA']
  expect(given.map((visitor) => variantFor(experiment, visitor))).toEqual(['v0', 'v0', 'v2', 'v3', 'v2'])
})

test('only the shares of weights count, not their unit', () => {
  const [percent, fraction] = [weighed('hero', 30, 70), weighed('hero', 0.3, 0.7)]
  for (const visitor of visitors.slice(0, 1_000))
    expect(variantFor(percent, visitor)).toBe(variantFor(fraction, visitor))
})

test('a larger share takes nobody away from a variant that had them', () => {
  const [before, after] = [weighed('hero', 10, 90), weighed('hero', 40, 60)]
  for (const visitor of visitors.slice(0, 1_000))
    if (variantFor(before, visitor) === 'v0') expect(variantFor(after, visitor)).toBe('v0')
})

test('a variant without weight gets nobody, wherever it stands', () => {
  const experiment = weighed('hero', 0, 1, 0)
  expect(count(visitors.slice(0, 1_000).map((visitor) => variantFor(experiment, visitor)))).toEqual(
    new Map([['v1', 1_000]]),
  )
})

test('a stopped experiment gives everybody the first variant', () => {
  const stopped = { ...weighed('hero', 0, 1), running: false }
  for (const visitor of visitors.slice(0, 100)) expect(variantFor(stopped, visitor)).toBe('v0')
})
