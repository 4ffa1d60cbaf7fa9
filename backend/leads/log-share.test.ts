import { expect, test } from 'bun:test'
import { createLogPace, createLogShare } from './log-share.ts'

test('of many as many are taken as the share says, evenly', () => {
  const share = createLogShare()
  const taken = (of: number) => Array.from({ length: of }, share.takes).filter(Boolean).length
  expect(taken(100)).toBe(100)
  share.use(1 / 8)
  expect(taken(80)).toBe(10)
  expect(taken(8)).toBe(1)
  share.use(0)
  expect(taken(1_000)).toBe(0)
})

const waitingMax = 20_000

/** A log that writes at most so many, one second after the other, of leads that come at these rates. What each ended with. */
function play(rates: readonly number[], writes: (second: number) => number) {
  const pace = createLogPace()
  let [share, waiting, lost] = [1, 0, 0]
  return rates.map((rate, second) => {
    const offered = Math.round(rate * share)
    const written = Math.min(writes(second), waiting + offered)
    waiting += offered - written
    lost += Math.max(0, waiting - waitingMax)
    waiting = Math.min(waiting, waitingMax)
    const { isStorm, ...paced } = pace({ offered, written, waiting, waitingMax })
    share = paced.share
    return { share, waiting, lost, isStorm }
  })
}
const seconds = (count: number, rate: number) => Array.from({ length: count }, () => rate)
const average = (each: readonly number[]) => each.reduce((sum, one) => sum + one, 0) / each.length

test.each([
  ['1,500 a second', () => 1_500],
  ['3,000 every other second', (second: number) => (second % 2) * 3_000],
])('a storm is thinned to what can be written, %s, and all is logged again in quiet', (_, writes) => {
  const played = play([...seconds(40, 25_000), ...seconds(30, 200)], writes)
  const inStorm = played.slice(20, 40)
  expect(average(inStorm.map(({ share }) => share)) * 25_000).toBeWithin(1_000, 2_000)
  // Nothing is carried any more to where it is thrown away.
  expect(inStorm.at(-1)!.lost).toBe(inStorm[0]!.lost)
  expect(inStorm.every(({ isStorm }) => isStorm)).toBe(true)
  for (const { share, isStorm } of played.slice(55)) expect([share, isStorm]).toEqual([1, false])
  expect(played.at(-1)!.waiting).toBeLessThan(1_000)
})

test('where everything is written, everything is logged', () => {
  for (const { share } of play(seconds(30, 5_000), () => 6_000)) expect(share).toBe(1)
})

test('where little comes everything is logged, however much of a storm still waits on a busy machine', () => {
  const played = play([...seconds(10, 20_000), ...seconds(30, 200)], () => 300)
  expect(played.at(-1)).toMatchObject({ share: 1 })
})

test('a log that writes nothing costs next to nothing', () => {
  expect(play(seconds(60, 5_000), () => 0).at(-1)!.share).toBeLessThan(1 / 512)
})
