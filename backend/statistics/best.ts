import { type Beta, betaDensity, betaDeviation, betaMean } from './beta.ts'

/** How likely each share is the highest of all, and how much is lost on average by whoever takes it for that. */
export type Standing = Readonly<{ chanceToBeBest: number; expectedLoss: number }>

// Deviations from the mean that matter: closely where nearly everything lies, and as far out as a tail that falls like
// an exponential can still weigh something.
const near = Array.from({ length: 129 }, (_, index) => index / 8 - 8)
const deviations = [-40, -28, -20, -14, -10, ...near, 10, 14, 20, 28, 40]
// The points and weights of Gauss and Legendre within a cell, exact to the fifth degree.
const gauss = [
  [0.5 - Math.sqrt(0.15), 5 / 18],
  [0.5, 8 / 18],
  [0.5 + Math.sqrt(0.15), 5 / 18],
] as const

/**
 * The standing of each by integration over the same points at every call, so that the same counts give the same
 * figures. It costs the same for ten visitors and for ten millions.
 */
export function standings(shares: readonly Beta[]): readonly Standing[] {
  const edges = edgesOf(shares)
  const densities = shares.map(betaDensity)
  const below = shares.map(() => 0)
  const best = shares.map(() => 0)
  let meanOfBest = 0
  for (let cell = 1; cell < edges.length; cell++) {
    const [from, to] = [edges[cell - 1]!, edges[cell]!]
    const middle = (from + to) / 2
    const [start, half] = [
      [...below],
      densities.map((density, i) => below[i]! + massOf(density, from, middle)),
    ]
    densities.forEach((density, i) => {
      below[i] = half[i]! + massOf(density, middle, to)
    })
    const width = (to - from) / 6
    const weighed = [
      [from, start, width],
      [middle, half, 4 * width],
      [to, below, width],
    ] as const
    for (const [at, reached, weight] of weighed) {
      meanOfBest += weight * (1 - product(reached))
      densities.forEach((density, i) => {
        best[i]! += weight * density(at) * product(reached, i)
      })
    }
  }
  return shares.map((share, i) => ({
    chanceToBeBest: Math.min(1, best[i]!),
    expectedLoss: Math.max(0, meanOfBest - betaMean(share)),
  }))
}

function edgesOf(shares: readonly Beta[]): number[] {
  const marks = shares.flatMap((share) =>
    deviations.map((each) => Math.min(1, Math.max(0, betaMean(share) + each * betaDeviation(share)))),
  )
  // Many shares that lie close together have marks enough among them.
  const apart = Math.min(...shares.map(betaDeviation)) / 10
  const edges = [0]
  for (const mark of marks.sort((x, y) => x - y)) if (mark - edges.at(-1)! >= apart) edges.push(mark)
  return [...edges, 1]
}

function massOf(density: (x: number) => number, from: number, to: number): number {
  const width = to - from
  return gauss.reduce((sum, [at, weight]) => sum + weight * width * density(from + at * width), 0)
}

function product(all: readonly number[], without = -1): number {
  return all.reduce((sofar, each, i) => (i === without ? sofar : sofar * Math.min(1, each)), 1)
}
