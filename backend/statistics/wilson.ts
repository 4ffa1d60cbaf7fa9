// The two-sided 95 % quantile of the normal distribution.
const z = 1.959964

/**
 * The 95 % Wilson interval of a share: where it lies, given that `hits` of `trials` were seen. It stays within 0 and 1
 * and holds for small numbers, where the usual one does not. `trials` is above 0, `hits` at most `trials`.
 */
export function wilsonInterval(hits: number, trials: number): readonly [low: number, high: number] {
  const share = hits / trials
  const weight = 1 + z ** 2 / trials
  const middle = (share + z ** 2 / (2 * trials)) / weight
  const half = (z / weight) * Math.sqrt((share * (1 - share)) / trials + z ** 2 / (4 * trials ** 2))
  return [Math.max(0, middle - half), Math.min(1, middle + half)]
}
