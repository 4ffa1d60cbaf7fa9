// Coefficients of Lanczos for g = 7 and nine terms: 15 digits for every positive argument.
const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
]
const halfLog2Pi = 0.5 * Math.log(2 * Math.PI)
/** Terms of a series or fraction that are smaller than this beside the whole change no digit. */
const negligible = 5e-16
/** What stands for nothing in a fraction, where nothing would be divided by. */
const tiny = 1e-300

/** The logarithm of the gamma function. `x` is above 0. */
function logGamma(x: number): number {
  const base = x + 6.5
  const series = lanczos.reduce((sum, each, index) => (index === 0 ? each : sum + each / (x + index - 1)))
  return halfLog2Pi + (x - 0.5) * Math.log(base) - base + Math.log(series)
}

/** How far Stirling's formula is from ln x!: the digits that are lost where large logarithms are subtracted. */
export function stirlingError(x: number): number {
  if (x < 16) return logGamma(x + 1) - (x + 0.5) * Math.log(x) + x - halfLog2Pi
  const square = x * x
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / (1188 * square)) / square) / square) / square) / x
}

/** The upper share of the gamma distribution of this shape: Q(shape, x). */
export function gammaTail(shape: number, x: number): number {
  if (x <= 0) return 1
  const front = Math.exp(shape * Math.log(x) - x - logGamma(shape))
  return x < shape + 1 ? 1 - front * lowerSeries(shape, x) : front * upperFraction(shape, x)
}

function lowerSeries(shape: number, x: number): number {
  let term = 1 / shape
  let sum = term
  for (let n = 1; term > sum * negligible; n++) {
    term *= x / (shape + n)
    sum += term
  }
  return sum
}

function upperFraction(shape: number, x: number): number {
  let b = x + 1 - shape
  let c = 1 / tiny
  let d = 1 / b
  let fraction = d
  for (let n = 1, step = 0; Math.abs(step - 1) > negligible; n++) {
    const a = n * (shape - n)
    b += 2
    d = 1 / (a * d + b || tiny)
    c = b + a / c || tiny
    step = c * d
    fraction *= step
  }
  return fraction
}
