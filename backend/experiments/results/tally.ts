/** Visitors who were shown a variant for the first time, and those of them who submitted the form since. */
export type Tally = Readonly<{ exposed: number; converted: number }>
export type Tallies = ReadonlyMap<string, Tally>

/** What was counted of one day of UTC, by variant. `day` is written as 2026-11-30. */
export type CountedDay = Readonly<{ day: string; tallies: Tallies }>

export const nobodyYet: Tally = { exposed: 0, converted: 0 }

export const together = (one: Tally, other: Tally): Tally => ({
  exposed: one.exposed + other.exposed,
  converted: one.converted + other.converted,
})

/** What one variant comes to over these days. */
export function totalOf(days: readonly CountedDay[], variant: string): Tally {
  return days.reduce((sum, { tallies }) => together(sum, tallies.get(variant) ?? nobodyYet), nobodyYet)
}

const dayMs = 86_400_000
/** How many days lie between two, the later one not included. */
export const daysBetween = (earlier: string, later: string) =>
  Math.round((Date.parse(later) - Date.parse(earlier)) / dayMs)
