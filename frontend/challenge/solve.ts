import type { Challenge } from '../api/challenge.ts'
import { sha256 } from './sha256.ts'

const triesAtATime = 2_000

/**
 * Finds the number by trying each; undefined when none in the range is it. Between handfuls of tries it waits for
 * `pause`, so that a page that has to try on its own thread stays alive.
 */
export async function solve(
  { salt, challenge, max }: Pick<Challenge, 'salt' | 'challenge' | 'max'>,
  pause?: () => Promise<void>,
): Promise<number | undefined> {
  const wanted = Int32Array.from(challenge.match(/.{8}/g) ?? [], (word) => Number.parseInt(word, 16))
  for (let number = 0; number <= max; number++) {
    const found = sha256(salt + number)
    if (found.every((word, at) => word === wanted[at])) return number
    if (pause && number % triesAtATime === 0) await pause()
  }
  return undefined
}
