/** A stretch of time that is read from the counts by the hour or by the day. Absent: without a beginning, or an end. */
export type Span = Readonly<{ grain: 'hour' | 'day'; from?: Date; to?: Date }>

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/**
 * The spans between two moments, whole days by the day and what is left at both ends by the hour. What is counted is
 * counted by the hour, so `from` goes back to its hour's beginning and `to` on to its hour's end.
 */
export function spansBetween(from: Date | undefined, to: Date | undefined): readonly Span[] {
  const first = from && floor(from.getTime(), hourMs)
  const last = to && ceil(to.getTime(), hourMs)
  const firstDay = first === undefined ? undefined : ceil(first, dayMs)
  const lastDay = last === undefined ? undefined : floor(last, dayMs)
  if (first !== undefined && last !== undefined && firstDay! >= lastDay!) return spanOf('hour', first, last)
  return [
    ...(first === undefined ? [] : spanOf('hour', first, firstDay!)),
    ...spanOf('day', firstDay, lastDay),
    ...(last === undefined ? [] : spanOf('hour', lastDay!, last)),
  ]
}

const floor = (ms: number, unitMs: number) => Math.floor(ms / unitMs) * unitMs
const ceil = (ms: number, unitMs: number) => Math.ceil(ms / unitMs) * unitMs

function spanOf(grain: Span['grain'], fromMs: number | undefined, toMs: number | undefined): Span[] {
  if (fromMs !== undefined && toMs !== undefined && fromMs >= toMs) return []
  return [
    {
      grain,
      ...(fromMs !== undefined && { from: new Date(fromMs) }),
      ...(toMs !== undefined && { to: new Date(toMs) }),
    },
  ]
}
