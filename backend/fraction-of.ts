import { hash } from 'node:crypto'

const hexDigits = 13
const points = 16 ** hexDigits

/**
 * A number in [0, 1) that looks random and is always the same for one text: the first 52 bits of its SHA-256.
 * Texts that differ in a salt give numbers that have nothing to do with each other.
 */
export function fractionOf(text: string): number {
  return Number.parseInt(hash('sha256', text, 'hex').slice(0, hexDigits), 16) / points
}
