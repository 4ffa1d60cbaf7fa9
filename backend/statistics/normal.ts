import { gammaTail } from './gamma.ts'

/** The share of the normal distribution above `z`. */
export function normalTail(z: number): number {
  const beyond = gammaTail(0.5, (z * z) / 2) / 2
  return z >= 0 ? beyond : 1 - beyond
}

// What rounding leaves may move the last digits to and fro.
const stepsMax = 100

/** The value that a share `tail` of the normal distribution lies above. `tail` is between 0 and 1. */
export function normalQuantile(tail: number): number {
  if (tail > 0.5) return -normalQuantile(1 - tail)
  if (tail === 0.5) return 0
  let [low, high] = [0, 40]
  let z = 1
  // Newton's steps, and halves where one would leave what is known to hold it.
  for (let previous = 0, steps = 0; Math.abs(z - previous) > 1e-14 * z && steps < stepsMax; steps++) {
    const excess = normalTail(z) - tail
    if (excess > 0) low = z
    else high = z
    previous = z
    z += (excess / Math.exp((-z * z) / 2)) * Math.sqrt(2 * Math.PI)
    if (!(z > low && z < high)) z = (low + high) / 2
  }
  return z
}

/** The share of the chi-square distribution above `x`. */
export function chiSquareTail(x: number, degreesOfFreedom: number): number {
  return gammaTail(degreesOfFreedom / 2, x / 2)
}
