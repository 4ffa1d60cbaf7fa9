type Row = Readonly<{ name: string; at: number; low: number; high: number; isPlain?: boolean }>

const ticksMax = 5

/**
 * Rates with their intervals below each other, so that one sees whether they overlap. What it shows is read out by the table
 * beside it.
 */
export function Intervals({ rows, said }: Readonly<{ rows: readonly Row[]; said(value: number): string }>) {
  const { from, to, ticks } = scaleOf(rows)
  const place = (value: number) => `${((value - from) / (to - from)) * 100}%`
  return (
    <div aria-hidden="true" className="rounded-xl border border-line bg-surface px-4 pt-4 pb-2">
      <div className="grid grid-cols-[auto_1fr] gap-x-4">
        {rows.map(({ name, at, low, high, isPlain }) => (
          <div key={name} className="contents">
            <bdi className="max-w-28 self-center truncate py-2 text-sm font-medium">{name}</bdi>
            <div className="relative h-10">
              {ticks.map((tick) => (
                <div
                  key={tick}
                  className="absolute inset-y-0 w-px bg-line"
                  style={{ insetInlineStart: place(tick) }}
                />
              ))}
              <div
                className={`absolute top-1/2 h-2.5 -translate-y-1/2 rounded-full ${isPlain ? 'bg-soft/35' : 'bg-brand/35'}`}
                style={{ insetInlineStart: place(low), insetInlineEnd: `calc(100% - ${place(high)})` }}
              />
              <div
                className={`absolute top-1/2 -ms-2 size-4 -translate-y-1/2 rounded-full border-2 border-surface ${isPlain ? 'bg-soft' : 'bg-brand'}`}
                style={{ insetInlineStart: place(at) }}
              />
            </div>
          </div>
        ))}
        <div className="col-start-2 relative mt-1 h-6 text-xs text-soft tabular-nums">
          {ticks.map((tick) => (
            <span
              key={tick}
              className="absolute -translate-x-1/2 whitespace-nowrap rtl:translate-x-1/2"
              style={{ insetInlineStart: place(tick) }}
            >
              {said(tick)}
            </span>
          ))}
        </div>
      </div>
    </div>
  )
}

/** Round numbers around all intervals. */
export function scaleOf(rows: readonly Pick<Row, 'low' | 'high'>[]) {
  const [least, most] = [Math.min(...rows.map(({ low }) => low)), Math.max(...rows.map(({ high }) => high))]
  const rough = Math.max(most - least, 1e-6) / (ticksMax - 1)
  const unit = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((times) => times * unit).find((each) => each >= rough)!
  const [first, last] = [Math.floor(least / step), Math.ceil(most / step)]
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step)
  // A little air, so that the outer ticks have room for their words.
  const air = (last - first) * step * 0.06
  return { from: first * step - air, to: last * step + air, ticks }
}
