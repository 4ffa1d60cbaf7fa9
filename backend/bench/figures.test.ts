import { expect, test } from 'bun:test'
import { median, pairedRatio, percentile } from './figures.ts'

test('a median is the middle figure, however they are ordered', () => {
  expect(median([9, 1, 5])).toBe(5)
  expect(median([4, 1, 3, 2])).toBe(2.5)
  expect(median([])).toBeNaN()
})

test('one slow run among three does not move the median', () => {
  expect(median([30_000, 2_000, 31_000])).toBe(30_000)
})

test('a percentile is a figure that was measured', () => {
  const sorted = Array.from({ length: 200 }, (_, index) => index + 1)
  expect(percentile(sorted, 0.5)).toBe(100)
  expect(percentile(sorted, 0.99)).toBe(198)
  expect(percentile(sorted, 1)).toBe(200)
  expect(percentile([7], 0.01)).toBe(7)
  expect(percentile([], 0.5)).toBeNaN()
})

const rounds = (figures: Record<number, number>) =>
  Object.entries(figures).map(([round, perSecond]) => ({ round: Number(round), perSecond }))

test('a ratio compares each round with itself', () => {
  expect(pairedRatio(rounds({ 1: 20, 2: 5, 3: 30 }), rounds({ 1: 40, 2: 10, 3: 60 }))).toBe(0.5)
})

test('a round in which one of the two is missing counts for neither', () => {
  expect(pairedRatio(rounds({ 2: 10, 3: 20 }), rounds({ 1: 1, 2: 40 }))).toBe(0.25)
  expect(pairedRatio(rounds({ 1: 10 }), rounds({ 2: 10 }))).toBeNaN()
})
