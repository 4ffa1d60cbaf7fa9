import { dayAfter, startOfDay } from './sources.ts'

/** What a range is drawn in: at most some thirty parts of it, or of days the hours. */
export const steps = ['hour', 'day', 'week', 'four_weeks'] as const
export type Step = (typeof steps)[number]

const hourMs = 60 * 60_000
const daysByHour = 2
const daysByDay = 31
const daysByWeek = 7 * daysByDay
const daysOf = { day: 1, week: 7, four_weeks: 28 } as const

/**
 * The edges of the parts of a range of whole days in a zone, one more than there are parts. What does not fill a part stands first:
 * the last ends where the range does.
 */
export function partsOf(
  timeZone: string,
  { from, to }: Readonly<{ from: string; to: string }>,
): Readonly<{ step: Step; edges: readonly Date[] }> {
  const [first, end] = [startOfDay(timeZone, from)!, startOfDay(timeZone, dayAfter(to, 1))!]
  const days = Math.round((Date.parse(to) - Date.parse(from)) / (24 * hourMs)) + 1
  if (days <= daysByHour) return { step: 'hour', edges: edgesByHour(first, end) }
  const step = days <= daysByDay ? 'day' : days <= daysByWeek ? 'week' : 'four_weeks'
  const edges = [end]
  for (let back = daysOf[step]; back < days; back += daysOf[step])
    edges.unshift(startOfDay(timeZone, dayAfter(to, 1 - back))!)
  return { step, edges: [first, ...edges] }
}

/** A day has 23 hours or 25 where clocks are changed. */
function edgesByHour(first: Date, end: Date): readonly Date[] {
  const edges: Date[] = []
  for (let atMs = first.getTime(); atMs < end.getTime(); atMs += hourMs) edges.push(new Date(atMs))
  return [...edges, end]
}
