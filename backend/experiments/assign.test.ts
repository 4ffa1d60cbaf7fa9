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

test('whose variant has left the experiment gets one that is there', async () => {
  const deps = { assignments: memoryAssignments() }
  const before = await assignAll(deps, hero)
  const after = await assignAll(deps, newExperiment('hero', ['c', 'b']))
  expect(after).toEqual(before.map((variant) => (variant === 'b' ? 'b' : 'c')))
})

test('while assignments cannot be kept, the variant is computed and marked so', async () => {
  const assignments = memoryAssignments()
  assignments.away = true
  const answer = await assign({ assignments }, 'visitor-1', only(hero))
  expect(answer).toEqual({ variants: new Map([['hero', variantFor(hero, 'visitor-1')]]), stored: false })
})

test('without experiments there is nothing to keep, and nobody is asked', async () => {
  const assignments = memoryAssignments()
  assignments.away = true
  expect(await assign({ assignments }, 'visitor-1', new Map())).toEqual({ variants: new Map(), stored: true })
})
