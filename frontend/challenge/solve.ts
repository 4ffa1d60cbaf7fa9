import type { Challenge } from '../api/challenge.ts'
import { sha256 } from './sha256.ts'

/** Finds the number by trying each; undefined when none in the range is it. Whoever asks waits for it, so ask beside the page. */
export function solve({
  salt,
  challenge,
  max,
}: Pick<Challenge, 'salt' | 'challenge' | 'max'>): number | undefined {
  const wanted = Int32Array.from(challenge.match(/.{8}/g) ?? [], (word) => Number.parseInt(word, 16))
  for (let number = 0; number <= max; number++) {
    const found = sha256(salt + number)
    if (found.every((word, at) => word === wanted[at])) return number
  }
  return undefined
}
