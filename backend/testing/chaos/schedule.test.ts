import { expect, test } from 'bun:test'
import { seededRandom } from './random.ts'
import { clusterSchedule, type Fault, schedule, targets } from './schedule.ts'

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

test('a seed gives the same faults of a cluster again, each kind in every seven', () => {
  const ofSeed = (seed: number) => {
    const faults = clusterSchedule(seededRandom(seed), 1_000)
    return Array.from({ length: 14 }, () => faults.next().value)
  }
  expect(ofSeed(7)).toEqual(ofSeed(7))
  expect(ofSeed(7)).not.toEqual(ofSeed(8))
  expect(
    new Set(
      ofSeed(1)
        .slice(0, 7)
        .map((fault) => fault!.kind),
    ).size,
  ).toBe(7)
})
