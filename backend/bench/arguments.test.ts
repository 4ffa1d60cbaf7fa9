import { expect, test } from 'bun:test'
import { readArguments, subjectNames } from './arguments.ts'

test('without arguments everything is measured but what takes minutes, in three runs', () => {
  expect(readArguments([])).toMatchObject({
    only: subjectNames.filter((name) => name !== 'stats' && name !== 'deliveries'),
    runs: 3,
    seconds: 5,
    grow: [],
  })
})

test('a quick run measures once and leaves out what needs a request log', () => {
  const { runs, only } = readArguments(['--quick'])
  expect(runs).toBe(1)
  expect(only).not.toContain('c2')
})

test('what is named stands above what quick would choose, wherever it stands', () => {
  const options = readArguments([
    '--runs',
    '5',
    '--quick',
    '--only',
    'a,c2',
    '--seconds=60',
    '--grow',
    '0,1000000',
  ])
  expect(options).toMatchObject({ runs: 5, seconds: 60, only: ['a', 'c2'], grow: [0, 1_000_000] })
})

test('what cannot be meant is refused with a sentence that names it', () => {
  expect(() => readArguments(['--only', 'a,z'])).toThrow('z is none of them')
  expect(() => readArguments(['--runs', '0'])).toThrow('--runs takes whole numbers from 1')
  expect(() => readArguments(['--seconds', '1.5'])).toThrow('--seconds takes whole numbers')
  expect(() => readArguments(['--grow', '0,'])).toThrow('--grow takes whole numbers')
  expect(() => readArguments(['--runs', '--json'])).toThrow('--runs needs a value')
  expect(() => readArguments(['--fast'])).toThrow('--fast is not an option')
})

test('divisions are measured alone unless subjects are named, and only those that there are', () => {
  expect(readArguments(['--shards', '1,12', '--masters', '3,6'])).toMatchObject({
    ...{ only: [], shards: [1, 12], masters: [3, 6] },
  })
  expect(readArguments(['--only', 'c', '--shards=12']).only).toEqual(['c'])
  expect(() => readArguments(['--shards', '1,3'])).toThrow('--shards takes 1, 12; 3 is none of them')
  expect(() => readArguments(['--masters', '5'])).toThrow('5 is none of them')
})
