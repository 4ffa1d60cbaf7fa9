import { remember } from '../remember.ts'

/** By what leads and visits are told apart. Of the first three a lead knows the last and the first that brought its visitor. */
export const touchDimensions = ['source', 'medium', 'campaign'] as const
export const sourceDimensions = [...touchDimensions, 'landing', 'device', 'language'] as const
export type SourceDimension = (typeof sourceDimensions)[number]
export const touches = ['last', 'first'] as const
export type Touch = (typeof touches)[number]

/** What stands for what a visitor did not tell, and for all that there is no room for. */
export const [noValue, otherValues] = ['(none)', '(other)'] as const
/** Texts of strangers: of each dimension so many are told apart at a time, and no longer than this. */
export const valuesMax = 200
export const valueLengthMax = 100
/** Of a day that is over so many are kept, those that brought the most. */
export const valuesKept = 100

/** What was counted of one value, between two moments. */
export type SourceFigure = Readonly<{
  value: string
  /** How often the page was shown to people. */
  visits: number
  /** Whom somebody can call: neither suspects, nor duplicates, nor those who have sent another number. */
  leads: number
  suspects: number
  duplicates: number
  corrected: number
  /** Leads that were called, those of them within five minutes, and what half of them waited at most. */
  called: number
  calledSoon: number
  medianWaitS: number | null
}>

export type SourcesQuery = Readonly<{ dimension: SourceDimension; touch: Touch; from: Date; to: Date }>

export type Sources = Readonly<{
  figures: readonly SourceFigure[]
  total: Omit<SourceFigure, 'value'>
  /** Up to when everything that was stored is counted; null before the first time. */
  countedAt: Date | null
}>

/** What came in a part of a range. */
export type TimePoint = Readonly<{ visits: number; leads: number }>
export type OverTimeQuery = Pick<SourcesQuery, 'dimension' | 'touch'> &
  Readonly<{
    /** Absent: of all values. */
    value?: string
    /** Of the parts, one more than there are; each at a quarter of an hour. */
    edges: readonly Date[]
  }>

/** How long those waited for their first call who came in one hour of the day, `00` to `23`. */
export type HourOfDay = Readonly<{ hour: string }> &
  Pick<SourceFigure, 'called' | 'calledSoon' | 'medianWaitS'>

/** Reads what was counted, in a time that depends on the range and not on how many leads there are. Rejects while the store is away. */
export interface SourcesReader {
  read(query: SourcesQuery): Promise<Sources>
  /** One for each part, those in which nobody came among them. */
  overTime(query: OverTimeQuery): Promise<readonly TimePoint[]>
  /** By the hour of the day in a zone, those in which somebody came who was called. */
  speedByHour(span: Readonly<{ from: Date; to: Date; timeZone: string }>): Promise<readonly HourOfDay[]>
}

/** Waits are counted in buckets of `events/vitals.ts`, in units of this. */
export const waitUnitS = 5
export const soonS = 300

const dayMs = 24 * 60 * 60_000
const dayPattern = /^\d{4}-\d\d-\d\d$/

// To make one takes a hundred times as long as to use it, and an installation has one zone.
const formatIn = remember(
  (timeZone) =>
    new Intl.DateTimeFormat('en-CA', {
      ...{ timeZone, calendar: 'iso8601', numberingSystem: 'latn' },
      ...{ year: 'numeric', month: '2-digit', day: '2-digit' },
    } as const),
  { max: 20, lengthMax: 100 },
)

/** The day that a moment belongs to in a zone, such as 2026-11-30. */
export function dayIn(timeZone: string, moment: Date): string {
  const parts = formatIn(timeZone).formatToParts(moment)
  const part = (type: string) => parts.find((each) => each.type === type)!.value
  return `${part('year')}-${part('month')}-${part('day')}`
}

/** The first moment of a day in a zone; undefined where there is no such day. */
export function startOfDay(timeZone: string, day: string): Date | undefined {
  const utcMs = dayPattern.test(day) ? Date.parse(`${day}T00:00Z`) : Number.NaN
  if (Number.isNaN(utcMs) || new Date(utcMs).toISOString().slice(0, 10) !== day) return undefined
  // By quarters of an hour, which every zone is made of: also where a day begins at one, because clocks were put forward.
  let [low, high] = [utcMs - dayMs, utcMs + dayMs]
  while (high - low > quarterMs) {
    const middle = low + Math.floor((high - low) / quarterMs / 2) * quarterMs
    if (dayIn(timeZone, new Date(middle)) < day) low = middle
    else high = middle
  }
  return new Date(high)
}
const quarterMs = 15 * 60_000

export const dayAfter = (day: string, days: number) =>
  new Date(Date.parse(`${day}T00:00Z`) + days * dayMs).toISOString().slice(0, 10)

/** A value with what it brought, beside the same time before. */
export type Moving = Readonly<{ value: string; leads: number; before: number }>

/** Of two times beside each other what brought the most leads in either. */
export function movingOf(
  now: readonly SourceFigure[],
  before: readonly SourceFigure[],
  shown: number,
): readonly Moving[] {
  const leadsIn = (figures: readonly SourceFigure[]) =>
    new Map(figures.map(({ value, leads }) => [value, leads]))
  const [ofNow, ofBefore] = [leadsIn(now), leadsIn(before)]
  return [...new Set([...ofNow.keys(), ...ofBefore.keys()])]
    .map((value) => ({ value, leads: ofNow.get(value) ?? 0, before: ofBefore.get(value) ?? 0 }))
    .filter(({ leads, before: then }) => leads + then > 0)
    .sort(
      (one, other) =>
        Math.max(other.leads, other.before) - Math.max(one.leads, one.before) || other.leads - one.leads,
    )
    .slice(0, shown)
}
