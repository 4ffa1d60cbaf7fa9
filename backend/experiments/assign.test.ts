import { expect, test } from 'bun:test'
import { memoryAssignments } from '../memory/assignments.ts'
import { assign } from './assign.ts'
import { type Experiment, newExperiment } from './experiment.ts'
import { variantFor } from './variant-for.ts'

const hero = newExperiment('hero', ['a', 'b'])
const allB: Experiment = { ...hero, variants: [hero.variants[0]!, { name: 'b', weight: 1e6 }] }
const visitors = Array.from({ length: 1_000 }, (_, index) => `visitor-${index}`)
const only = (experiment: Experiment) => new Map([[experiment.key, experiment]])

const assignAll = (deps: Parameters<typeof assign>[0], experiment: Experiment) =>
  Promise.all(
    visitors.map(async (visitor) =>
      (await assign(deps, visitor, only(experiment))).variants.get(experiment.key),
    ),
  )

test('new weights move nobody who is assigned, and everybody else by the new weights', async () => {
  const deps = { assignments: memoryAssignments() }
  const before = await assignAll(deps, hero)
  expect(before).toEqual(visitors.map((visitor) => variantFor(hero, visitor)))
  expect(await assignAll(deps, allB)).toEqual(before)
  expect(
    (await assignAll({ assignments: memoryAssignments() }, allB)).every((variant) => variant === 'b'),
  ).toBe(true)
})

test('a stopped experiment gives everybody the first variant, and their own when it runs again', async () => {
  const deps = { assignments: memoryAssignments() }
  const before = await assignAll(deps, hero)
  const stopped = { ...hero, running: false }
  expect(new Set(await assignAll(deps, stopped))).toEqual(new Set(['a']))
  expect(await assignAll(deps, allB)).toEqual(before)
  const unseen = { assignments: memoryAssignments() }
  await assignAll(unseen, stopped)
  expect(await assignAll(unseen, hero)).toEqual(before)
})

test('whose variant has left the experiment gets one that is there, and keeps it', async () => {
  const deps = { assignments: memoryAssignments() }
  const before = await assignAll(deps, hero)
  expect(new Set(before)).toEqual(new Set(['a', 'b']))
  const after = await assignAll(deps, newExperiment('hero', ['b', 'c']))
  expect(new Set(after)).toEqual(new Set(['b']))
  const allC = {
    ...hero,
    variants: [
      { name: 'b', weight: 0 },
      { name: 'c', weight: 1 },
    ],
  }
  expect(await assignAll(deps, allC)).toEqual(after)
})

test('what is given for the first time is told once', async () => {
  const deps = { assignments: memoryAssignments() }
  const { given, variants } = await assign(deps, 'visitor-1', only(hero))
  expect(given).toEqual(variants)
  expect((await assign(deps, 'visitor-1', only(hero))).given.size).toBe(0)
})

test('what the page has shown is kept, is no news, and goes before what the id gives', async () => {
  const deps = { assignments: memoryAssignments() }
  const shown = new Map([['hero', 'b']])
  const ofOthers = visitors.filter((visitor) => variantFor(hero, visitor) === 'a').slice(0, 20)
  for (const visitor of ofOthers) {
    const { variants, given } = await assign(deps, visitor, only(hero), { shown })
    expect([variants.get('hero'), given.size]).toEqual(['b', 0])
    expect((await assign(deps, visitor, only(hero))).variants.get('hero')).toBe('b')
  }
  const stopped = { ...hero, running: false }
  expect((await assign(deps, 'x', only(stopped), { shown })).variants.get('hero')).toBe('a')
  expect((await assign(deps, 'x', only(newExperiment('hero', ['a'])), { shown })).variants.get('hero')).toBe(
    'a',
  )
})

test('while assignments cannot be kept, the variant is computed and marked so', async () => {
  const assignments = memoryAssignments()
  assignments.away = true
  const answer = await assign({ assignments }, 'visitor-1', only(hero))
  expect(answer).toEqual({
    variants: new Map([['hero', variantFor(hero, 'visitor-1')]]),
    stored: false,
    given: new Map(),
  })
})

test('without experiments there is nothing to keep, and nobody is asked', async () => {
  const assignments = memoryAssignments()
  assignments.away = true
  expect(await assign({ assignments }, 'visitor-1', new Map())).toEqual({
    variants: new Map(),
    stored: true,
    given: new Map(),
  })
})
