import { expect, test } from 'bun:test'
import { createLogShare, nextLogShare } from './log-share.ts'

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

/** A log that writes at most `perSecond`, second by second, of leads that come at these rates. Returns its share after each. */
function play(rates: readonly number[], perSecond: number) {
  const waitingMax = 20_000
  let [share, waiting, left] = [1, 0, 0]
  return rates.map((rate) => {
    const offered = Math.round(rate * share)
    const written = Math.min(perSecond, waiting + offered)
    waiting += offered - written
    if (waiting > waitingMax) {
      left += waiting - waitingMax
      waiting = waitingMax
    }
    share = nextLogShare(share, { offered, written, waiting, waitingMax })
    return { share, waiting, left }
  })
}
const seconds = (count: number, rate: number) => Array.from({ length: count }, () => rate)

test('a storm is thinned to what can be written within seconds, and all is logged again in quiet', () => {
  const storm = play([...seconds(20, 25_000), ...seconds(60, 200)], 1_500)
  const inStorm = storm.slice(5, 20)
  for (const { share } of inStorm) expect(share).toBeWithin(0.02, 0.07)
  // Hardly anything is carried to where it is thrown away.
  expect(inStorm.at(-1)!.left - inStorm[0]!.left).toBe(0)
  expect(storm.at(-1)).toMatchObject({ share: 1, waiting: 0 })
  expect(storm[40]!.share).toBe(1)
})

test('where everything is written, everything is logged', () => {
  for (const { share } of play(seconds(30, 5_000), 6_000)) expect(share).toBe(1)
})

test('a log that writes nothing costs next to nothing, and begins anew', () => {
  const away = play(seconds(30, 5_000), 0)
  expect(away.at(-1)!.share).toBe(1 / 1024)
})
