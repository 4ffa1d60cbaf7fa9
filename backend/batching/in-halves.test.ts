import { expect, test } from 'bun:test'
import { type Halving, inHalves } from './in-halves.ts'

class Bad extends Error {}

/** Work that refuses these, and notes how it was called. */
function refusing(...bad: readonly number[]) {
  const calls: number[] = []
  const halving: Halving<number, object> = {
    async together(items, from) {
      calls.push(items.length)
      if (items.some((item) => bad.includes(item))) throw new Bad('bad')
      return { kept: items, from }
    },
    isAtFault: (error) => error instanceof Bad,
    alone: async (item, error, from) => ({ alone: item, why: error.message, from }),
  }
  return { calls, halving }
}

test('what can be kept together is, in one call', async () => {
  const { halving, calls } = refusing()
  expect(await inHalves([1, 2, 3], halving)).toEqual([{ kept: [1, 2, 3], from: 0 }])
  expect(calls).toEqual([3])
  expect(await inHalves([], halving)).toEqual([])
})

test('those at fault are found, each with its place, and all others are kept, in order', async () => {
  const { halving } = refusing(3, 8)
  expect(await inHalves([1, 2, 3, 4, 5, 6, 7, 8], halving)).toEqual([
    { kept: [1, 2], from: 0 },
    { alone: 3, why: 'bad', from: 2 },
    { kept: [4], from: 3 },
    { kept: [5, 6], from: 4 },
    { kept: [7], from: 6 },
    { alone: 8, why: 'bad', from: 7 },
  ])
})

test('one among 200 takes no more calls than twice as many as halvings', async () => {
  const { halving, calls } = refusing(137)
  await inHalves(
    Array.from({ length: 200 }, (_, index) => index),
    halving,
  )
  expect(calls.length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(200)) + 1)
})

test('where trying again later can help, nothing is halved', async () => {
  const { halving, calls } = refusing()
  const away = { ...halving, together: async () => Promise.reject(new Error('away')) }
  await expect(inHalves([1, 2], away)).rejects.toThrow('away')
  expect(calls).toEqual([])
})
