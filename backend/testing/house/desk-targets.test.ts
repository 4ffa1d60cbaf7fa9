import { expect, test } from 'bun:test'
import { targets as onTheDesk } from '../../../frontend/admin/deliveries.ts'
import type { Target } from '../../deliveries/target.ts'
import { targetNames, targets } from '../../deliveries/targets.ts'

test('every kind of receiver can be added at the desk, which asks for all that it needs and nothing that it does not take', () => {
  expect(Object.keys(onTheDesk)).toEqual(targetNames)
  for (const name of targetNames) {
    const { options = [], address } = targets[name] as Target
    const asked: readonly string[] = onTheDesk[name]
    const needed = options.filter(({ isRequired }) => isRequired).map((option) => option.name)
    expect([name, asked.filter((field) => field !== 'url' && !field.endsWith('?'))]).toEqual([name, needed])
    expect([name, asked.includes('url')]).toEqual([name, address?.usual === undefined])
    const known = new Set(['url', ...options.map((option) => option.name)])
    expect([name, asked.filter((field) => !known.has(field.replace('?', '')))]).toEqual([name, []])
  }
})
