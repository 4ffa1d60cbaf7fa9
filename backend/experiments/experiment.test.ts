import { describe, expect, test } from 'bun:test'
import { InvalidFields } from '../problem.ts'
import { fitToPage, newExperiment, readExperiment } from './experiment.ts'

const variants = [
  { name: 'a', weight: 90 },
  { name: 'b', weight: 10 },
]

function faultsOf(read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    if (error instanceof InvalidFields) return error.fields
    throw error
  }
}

describe('what an operator sends', () => {
  test('becomes an experiment that runs, salted by its key', () => {
    expect(readExperiment('price', { variants })).toEqual({
      key: 'price',
      variants,
      salt: 'price',
      running: true,
    })
  })

  test('changes only what it names', () => {
    const current = { key: 'price', variants, salt: 'second', running: false }
    expect(readExperiment('price', { running: true }, { current })).toEqual({ ...current, running: true })
  })

  test('has to be an object that names something', () => {
    const current = newExperiment('price', ['a'])
    for (const body of ['text', 7, null, [], true])
      expect(faultsOf(() => readExperiment('price', body, { current }))).toEqual({ body: ['not_an_object'] })
    expect(faultsOf(() => readExperiment('price', {}, { current }))).toEqual({ body: ['required'] })
  })

  test.each([
    ['nothing of a new experiment', {}, { variants: ['required'] }],
    ['no object', 'text', { body: ['not_an_object'] }],
    ['no list', { variants: 'a' }, { variants: ['not_a_list'] }],
    ['an empty list', { variants: [] }, { variants: ['required'] }],
    ['too many', { variants: Array(21).fill({ name: 'a', weight: 1 }) }, { variants: ['too_many'] }],
    ['names alone', { variants: ['a', 'b'] }, { variants: ['invalid'] }],
    ['a name with a dot', { variants: [{ name: 'a.b', weight: 1 }] }, { variants: ['invalid_name'] }],
    ['a name twice', { variants: [variants[0], variants[0]] }, { variants: ['duplicate_name'] }],
    ['a weight below 0', { variants: [{ name: 'a', weight: -1 }] }, { variants: ['invalid_weight'] }],
    ['a weight as text', { variants: [{ name: 'a', weight: '1' }] }, { variants: ['invalid_weight'] }],
    ['no weight at all', { variants: [{ name: 'a', weight: 0 }] }, { variants: ['no_weight'] }],
    ['a salt with a space', { variants, salt: 'a b' }, { salt: ['invalid'] }],
    ['an empty salt', { variants, salt: '' }, { salt: ['invalid'] }],
    ['running as text', { variants, running: 'yes' }, { running: ['not_a_boolean'] }],
    ['a field nobody knows', { variants, weights: [1] }, { weights: ['unknown'] }],
  ])('is refused field by field: %s', (_, body, faults) => {
    expect(faultsOf(() => readExperiment('price', body))).toEqual(faults)
  })

  test('names every fault at once', () => {
    expect(faultsOf(() => readExperiment('Price!', { salt: 1, running: 1 }))).toEqual({
      key: ['invalid'],
      variants: ['required'],
      salt: ['invalid'],
      running: ['not_a_boolean'],
    })
  })
})

describe('an experiment of the page', () => {
  const drawn = ['a', 'b', 'c']

  test('keeps the order of the page, whatever order an operator sends', () => {
    const sent = { variants: variants.toReversed() }
    expect(readExperiment('hero', sent, { drawn }).variants).toEqual([...variants, { name: 'c', weight: 0 }])
  })

  test('cannot name a variant that the page does not draw', () => {
    const sent = { variants: [...variants, { name: 'd', weight: 1 }] }
    expect(faultsOf(() => readExperiment('hero', sent, { drawn }))).toEqual({ variants: ['not_on_the_page'] })
  })

  test('loses what a new build no longer draws, and gives nobody what it has just begun to draw', () => {
    const kept = { ...newExperiment('hero', []), variants }
    expect(fitToPage(kept, ['b', 'c']).variants).toEqual([
      { name: 'b', weight: 10 },
      { name: 'c', weight: 0 },
    ])
  })

  test('starts anew when none of its variants is left', () => {
    const kept = { ...newExperiment('hero', []), variants }
    expect(fitToPage(kept, ['x', 'y']).variants).toEqual(newExperiment('hero', ['x', 'y']).variants)
  })
})
