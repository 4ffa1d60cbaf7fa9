import { expect, test } from 'bun:test'
import { limitWithBlocks } from './block-limit.ts'
import { createRateLimit } from './rate-limit.ts'

const now = () => 0
const limit = () =>
  limitWithBlocks(
    createRateLimit({ perMinute: 2, burst: 2, now }),
    createRateLimit({ perMinute: 6, burst: 6, now }),
  )
const network = (block: string, each: number) => `2001:db8:${block}:${each.toString(16)}::/64`

test('whoever sends from every network of a block is held by what the block may send', () => {
  const { take } = limit()
  expect(Array.from({ length: 8 }, (_, each) => take(network('5', each)) > 0)).toEqual([
    ...[false, false, false, false, false, false, true, true],
  ])
  expect(take(network('6', 0))).toBe(0)
})

test('who is over their own limit takes nothing from their neighbours', () => {
  const { take } = limit()
  for (let time = 0; time < 50; time++) take(network('5', 1))
  expect([2, 2, 3, 3].map((each) => take(network('5', each)))).toEqual([0, 0, 0, 0])
})

test('addresses of IPv4 have no block', () => {
  const { take } = limit()
  expect(Array.from({ length: 50 }, (_, each) => take(`192.0.2.${each}`))).toEqual(Array(50).fill(0))
})
