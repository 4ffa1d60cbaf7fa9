import { stirlingError } from './gamma.ts'

/** What is known of a share after `a - 1` hits and `b - 1` misses, when nothing was known before: a beta distribution. */
export type Beta = Readonly<{ a: number; b: number }>

export const betaMean = ({ a, b }: Beta) => a / (a + b)
export const betaDeviation = ({ a, b }: Beta) => Math.sqrt((a * b) / (a + b + 1)) / (a + b)

/** The density, after Loader: exact also where `a` and `b` are in the millions. Both are at least 1. */
export function betaDensity({ a, b }: Beta): (x: number) => number {
  const n = a + b
  const error = stirlingError(n) - stirlingError(a) - stirlingError(b)
  const scale = Math.exp(error) * Math.sqrt((a * b) / (2 * Math.PI * n))
  return (x) => {
    if (x <= 0) return a === 1 ? b : 0
    if (x >= 1) return b === 1 ? a : 0
    return (scale * Math.exp(-deviance(a, n * x) - deviance(b, n * (1 - x)))) / (x * (1 - x))
  }
}

/** x ln(x / mean) + mean - x, without the loss of digits where both are near each other. */
function deviance(x: number, mean: number): number {
  if (Math.abs(x - mean) >= 0.1 * (x + mean)) return x * Math.log(x / mean) + mean - x
  const v = (x - mean) / (x + mean)
  let sum = (x - mean) * v
  let term = 2 * x * v
  for (let n = 1, before = Number.NaN; sum !== before; n++) {
    before = sum
    term *= v * v
    sum += term / (2 * n + 1)
  }
  return sum
}
