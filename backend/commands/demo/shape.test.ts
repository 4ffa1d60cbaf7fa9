import { expect, test } from 'bun:test'
import { checkSampleRatio } from '../../experiments/results/sample-ratio.ts'
import { type Visit, visitsByDay } from './shape.ts'

const days = 35
const nowMs = Date.parse('2026-11-30T12:00Z')
const made = [...visitsByDay({ leads: 30_000, days, nowMs })]

const variantOf = (visit: Visit, experiment: string) =>
  visit.word.split('-').find((part) => part.startsWith(`${experiment}.`))

test.each([
  ['hero', ['hero.a', 'hero.b'], 'as_dealt'],
  ['price', ['price.low', 'price.high'], 'as_dealt'],
  // So that the desk can be seen to say so.
  ['button', ['button.short', 'button.long'], 'fault'],
] as const)('visitors of %s are seen to be dealt as they are', (experiment, variants, state) => {
  const tallies = made.map((visits) =>
    Map.groupBy(
      visits.filter(({ isBot }) => !isBot),
      (visit) => variantOf(visit, experiment),
    ),
  )
  const counted = tallies.map((of, index) => ({
    day: new Date(nowMs - (days - index) * 86_400_000).toISOString().slice(0, 10),
    tallies: new Map(
      variants.map((name) => [name, { exposed: of.get(name)?.length ?? 0, converted: 0 }] as const),
    ),
  }))
  const dealt = variants.map((variant) => ({ variant, weight: 50 }))
  const nothing = { robots: new Map<string, number>(), byDevice: new Map<string, Map<string, number>>() }
  expect(checkSampleRatio(dealt, counted, nothing).state).toBe(state)
})

test('visits come with every device, to pages that there are', () => {
  const visits = made.flat()
  expect(new Set(visits.map(({ device }) => device))).toEqual(
    new Set(['phone', 'tablet', 'computer', 'other']),
  )
  expect(new Set(visits.map(({ landing }) => landing))).toEqual(
    new Set(['/', '/en', '/fa', '/spot', '/returning']),
  )
})
