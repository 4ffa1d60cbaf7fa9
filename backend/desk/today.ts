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

/** Reads how it goes. Rejects while the store is away. */
export interface TodayReader {
  /** `experiment`: the one by which visits are counted. */
  read(now: Date, experiment: string): Promise<Today>
}

export const hourMs = 60 * 60_000
export const weekMs = 7 * 24 * hourMs
export const hoursShown = 24
export const quarantinedShown = 20
