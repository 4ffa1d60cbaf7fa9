import { expect, test } from 'bun:test'
import { soundRows } from './sound-rows.ts'

const flag = (key: string, setting: unknown) => ({ key, setting })
const right = { value: 'hello', rollout_percent: 50, killed: false }
const hero = { variants: [{ name: 'a', weight: 1 }], salt: 'hero', running: true }

test('what operators have set is read as it was set', () => {
  const found = { version: 3, flags: [flag('notice', right)], experiments: [{ key: 'hero', fields: hero }] }
  expect(soundRows(found)).toEqual({
    version: 3,
    flags: { notice: { value: 'hello', rolloutPercent: 50, killed: false } },
    experiments: [{ key: 'hero', ...hero }],
  })
})

test.each([
  [null],
  ['text'],
  [[]],
  [{}],
  [{ ...right, value: { x: 1 } }],
  [{ ...right, value: 7 }],
  [{ ...right, rollout_percent: 'half' }],
  [{ ...right, rollout_percent: -1 }],
  [{ ...right, killed: 'yes' }],
])('a flag that another version wrote as %j is as if nobody had set it, and is named', (setting) => {
  const { flags, odd } = soundRows({
    version: 1,
    flags: [flag('notice', setting), flag('film', { ...right, value: false })],
    experiments: [],
  })
  expect(Object.keys(flags)).toEqual(['film'])
  expect(odd).toEqual(['flag notice'])
})

test.each([
  [null],
  [{ ...hero, variants: null }],
  [{ ...hero, variants: {} }],
  [{ ...hero, variants: [{ name: 'a', weight: -1 }] }],
  [{ ...hero, variants: [{ name: 'a', weight: 0 }] }],
  [{ ...hero, salt: null }],
  [{ ...hero, running: null }],
])('an experiment written as %j is left out, and named', (fields) => {
  const { experiments, odd } = soundRows({ version: 1, flags: [], experiments: [{ key: 'hero', fields }] })
  expect(experiments).toEqual([])
  expect(odd).toEqual(['experiment hero'])
})

test('a flag of another version of Landfast is nobody’s fault', () => {
  expect(
    soundRows({ version: 1, flags: [flag('from_the_future', right)], experiments: [] }).odd,
  ).toBeUndefined()
})
