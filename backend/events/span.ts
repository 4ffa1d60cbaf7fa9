/** A stretch of time that is read from the counts by the quarter of an hour or by the day. Absent: without a beginning, or an end. */
export type Span = Readonly<{ grain: 'quarter' | 'day'; from?: Date; to?: Date }>

// Every zone in use lies whole quarters of an hour from UTC, so that its days are made of them.
const quarterMs = 15 * 60_000
const dayMs = 24 * 60 * 60_000

/**
 * The spans between two moments, whole days of UTC by the day and what is left at both ends by the quarter of an hour.
 * `from` goes back to the beginning of its quarter and `to` on to the end of its own.
 */
export function spansBetween(from: Date | undefined, to: Date | undefined): readonly Span[] {
  const first = from && floor(from.getTime(), quarterMs)
  const last = to && ceil(to.getTime(), quarterMs)
  const firstDay = first === undefined ? undefined : ceil(first, dayMs)
  const lastDay = last === undefined ? undefined : floor(last, dayMs)
  if (first !== undefined && last !== undefined && firstDay! >= lastDay!)
    return spanOf('quarter', first, last)
  return [
    ...(first === undefined ? [] : spanOf('quarter', first, firstDay!)),
    ...spanOf('day', firstDay, lastDay),
    ...(last === undefined ? [] : spanOf('quarter', lastDay!, last)),
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
