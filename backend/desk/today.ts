/** What came in an hour: leads, and what was kept beside them. */
export type Hour = Readonly<{ leads: number; suspects: number; duplicates: number; visits: number }>

/** How it goes at this moment, of the last 24 hours and of the same hours a week before. */
export type Today = Readonly<{
  hours: readonly Readonly<{ startsAt: Date; now: Hour; before: Hour }>[]
  /** Leads of the last 24 hours that nobody has worked on; null where it takes too long to tell. */
  untouched: Readonly<{ count: number; exact: boolean; oldestAt: Date | null }> | null
  quarantined: Readonly<{
    count: number
    latest: readonly Readonly<{ id: string; at: Date; reason: string }>[]
  }>
  deliveries: Readonly<{ waiting: number; oldestWaitingS: number; parked: number }>
}>

/** How many were shown a variant for the first time, and how many of those left a number. */
export type VariantFigure = Readonly<{
  experiment: string
  variant: string
  exposed: number
  converted: number
}>

/** What submissions were answered with, by all API processes. */
export type Answers = Readonly<{
  /** By what became of them, such as `accepted` or `rate_limited`. */
  outcomes: Readonly<Record<string, number>>
  /** Within so many milliseconds 95 of 100 were answered; null where nobody asked, or slower than is told apart. */
  p95Ms: number | null
}>

/** Whom the limiter refused most, by their network: nobody needs to know the address for that. */
export type RefusedNetwork = Readonly<{ network: string; refused: number }>

/** What an API process says of its answers since the last time. */
export interface AnswerBook {
  add(
    said: Readonly<{ answers: ReadonlyMap<string, number>; refused: ReadonlyMap<string, number> }>,
  ): Promise<void>
}

/** Reads how it goes. Rejects while the store is away. */
export interface TodayReader {
  /** `experiment`: the one by which visits are counted. */
  read(now: Date, experiment: string): Promise<Today>
  variants(experiments: readonly string[], from: Date, to: Date): Promise<readonly VariantFigure[]>
  answers(from: Date, to: Date): Promise<Answers>
  refusedMost(from: Date, to: Date): Promise<readonly RefusedNetwork[]>
}

export const hourMs = 60 * 60_000
export const weekMs = 7 * 24 * hourMs
export const hoursShown = 24
export const quarantinedShown = 20
export const networksShown = 10
export const answersKeptDays = 9

const within = 'within:'

/** The name under which answers are counted that took no longer than so many seconds. */
export const answeredWithin = (seconds: number) => `${within}${seconds}`
/** So many seconds, or undefined where it is the name of an outcome. */
export const secondsOf = (name: string) =>
  name.startsWith(within) ? Number(name.slice(within.length)) : undefined
