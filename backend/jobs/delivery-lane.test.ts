import { expect, test } from 'bun:test'
import { readEndpoint, sealSettings } from '../deliveries/endpoint.ts'
import type { Delivery } from '../deliveries/ports.ts'
import { newSecret } from '../deliveries/signature.ts'
import type { Outcome, Target } from '../deliveries/target.ts'
import { webhook } from '../deliveries/webhook.ts'
import { createSeal } from '../seal.ts'
import { createLane } from './delivery-lane.ts'

const seal = createSeal('k'.repeat(40))
const delivered: Outcome = { kind: 'delivered' }
const refused: Outcome = { kind: 'failed', because: 'it answered 400', isTheirs: false }

function laneOf(own: Partial<Target>, given: object = {}) {
  const { settings, ...endpoint } = readEndpoint(
    { name: 'x', url: 'https://example.com/', ...given },
    { id: 'a', secret: newSecret() },
  )
  const sealed = sealSettings(seal, 'a', settings)
  const first = { ...endpoint, sealed, state: 'on', since: new Date(0) } as const
  return createLane(first, { seal, nowMs: () => 0, target: { ...webhook, ...own } })
}

const due = (...leadIds: string[]): Delivery[] =>
  leadIds.map((leadId) => ({
    endpointId: 'a',
    leadId,
    event: 'lead.stored',
    change: 0,
    attempt: 1,
    writtenAt: new Date(0),
  }))
const idsOf = (held: readonly Delivery[]) => held.map(({ leadId }) => leadId).join('')

test('one request holds what waits, as many as its target takes, and nobody waits for more', () => {
  const lane = laneOf({ requestMax: () => 3 }, { concurrency: 8 })
  expect(lane.room()).toEqual({ most: 24, pauseMs: 0 })
  lane.took(due(...'abcdefg'), 24)
  expect([lane.next(), lane.next(), lane.next(), lane.next()].map(idsOf)).toEqual(['abc', 'def', 'g', ''])
  lane.took(due('h'), 24)
  expect(idsOf(lane.next())).toBe('h')
})

test('a target that takes one at a time gets one at a time', () => {
  const lane = laneOf({}, { concurrency: 2 })
  lane.took(due(...'abc'), 2)
  expect([lane.next(), lane.next(), lane.next()].map(idsOf)).toEqual(['a', 'b', ''])
})

test('of one that takes one request in a time what is left over is given back for the next', () => {
  const lane = laneOf({ requestMax: () => 2, pauseMs: () => 1_000 })
  expect(lane.room()).toEqual({ most: 2, pauseMs: 1_000 })
  lane.took(due(...'ab'), 2)
  const held = lane.next()
  expect(idsOf(held)).toBe('ab')
  expect(lane.room().most).toBe(0)
  lane.over(held, refused)
  expect(lane.room().most).toBe(2)
  // Each alone now, so one of them is too many for this turn.
  lane.took(due(...'ab'), 2)
  expect(idsOf(lane.next())).toBe('a')
  expect(idsOf(lane.next())).toBe('')
  expect(idsOf(lane.stale())).toBe('b')
})

test('what was refused in company is tried alone, until it is taken', () => {
  const lane = laneOf({ requestMax: () => 10 })
  lane.took(due(...'ab'), 10)
  lane.over(lane.next(), refused)
  lane.took(due(...'acbd'), 10)
  const [a, c, b, d] = [lane.next(), lane.next(), lane.next(), lane.next()]
  expect([a!, c!, b!, d!].map(idsOf)).toEqual(['a', 'c', 'b', 'd'])
  lane.over(a!, delivered)
  lane.over(b!, refused)
  lane.took(due(...'axb'), 10)
  expect([lane.next(), lane.next()].map(idsOf)).toEqual(['ax', 'b'])
})

test('of as many requests as it may make it makes no more, and takes no more for them', () => {
  const lane = laneOf({ requestMax: () => 2 }, { concurrency: 4 })
  lane.limit(2)
  expect(lane.room().most).toBe(4)
  lane.took(due(...'abcdef'), 6)
  expect([lane.next(), lane.next(), lane.next()].map(idsOf)).toEqual(['ab', 'cd', ''])
  lane.limit(Number.POSITIVE_INFINITY)
  expect(idsOf(lane.next())).toBe('ef')
})
