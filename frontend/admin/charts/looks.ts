/** What series are drawn in, told apart by their lightness as well as by their colour. */
export const seriesLooks = {
  main: 'var(--chart-main)',
  before: 'var(--chart-before)',
  rate: 'var(--chart-rate)',
} as const

/** Those of variants, the control first. */
export const variantLooks = [
  ...['var(--color-soft)', 'var(--chart-main)', 'var(--chart-rate)'],
  ...['var(--chart-fourth)', 'var(--chart-fifth)'],
] as const
