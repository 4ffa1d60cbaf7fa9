type Bar = Readonly<{ name: string; value: number; said: string }>

/** Values below each other, the longest bar the largest. The table beside it is what is read out. */
export function Bars({ bars }: Readonly<{ bars: readonly Bar[] }>) {
  const most = Math.max(1, ...bars.map(({ value }) => value))
  return (
    <div
      aria-hidden="true"
      className="grid grid-cols-[minmax(4rem,auto)_1fr] items-center gap-x-3 gap-y-2 rounded-xl border border-line bg-surface p-4"
    >
      {bars.map(({ name, value, said }) => (
        <div key={name} className="contents">
          <bdi className="max-w-40 truncate text-sm">{name}</bdi>
          <div className="flex items-center gap-2">
            <div
              className="h-4 min-w-0.5 rounded-e-sm bg-brand"
              style={{ width: `${(value / most) * 80}%` }}
            />
            <span className="text-sm whitespace-nowrap text-soft tabular-nums">{said}</span>
          </div>
        </div>
      ))}
    </div>
  )
}
