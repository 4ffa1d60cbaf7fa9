import { expect, test } from 'bun:test'
import { seededRandom } from './random.ts'
import { type Fault, schedule, targets } from './schedule.ts'

function first(count: number, seed: number): Fault[] {
  const faults = schedule(seededRandom(seed), 1_000)
  return Array.from({ length: count }, () => faults.next().value as Fault)
}

test('a seed gives the same faults again, and another seed gives others', () => {
  expect(first(50, 7)).toEqual(first(50, 7))
  expect(first(50, 7)).not.toEqual(first(50, 8))
})

test('any 50 kills are spread evenly over the four processes', () => {
  for (let seed = 0; seed < 20; seed++) {
    const killed = first(80, seed)
      .flatMap((fault) => (fault.kind === 'kill' ? fault.targets : []))
      .slice(0, 50)
    for (const target of targets)
      expect(killed.filter((each) => each === target).length).toBeGreaterThanOrEqual(12)
  }
})

test('every kind of fault comes within 100', () => {
  expect(new Set(first(100, 1).map((fault) => fault.kind)).size).toBe(6)
})
