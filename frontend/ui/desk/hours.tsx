type Column = Readonly<{ name: string; now: number; before: number }>

/** Two counts beside each other for each hour. The table beside it is what is read out. */
export function Hours({ columns }: Readonly<{ columns: readonly Column[] }>) {
  const most = Math.max(1, ...columns.flatMap(({ now, before }) => [now, before]))
  const height = (value: number) => ({ height: `${(value / most) * 100}%` })
  return (
    <div aria-hidden="true" className="grid gap-1">
      <div className="flex h-44 items-end gap-1 border-b border-line">
        {columns.map(({ name, now, before }) => (
          <div key={name} className="flex h-full min-w-0 flex-1 items-end justify-center gap-px">
            <div className="w-1/2 max-w-4 rounded-t-sm bg-soft/30" style={height(before)} />
            <div className="w-1/2 max-w-4 rounded-t-sm bg-brand" style={height(now)} />
          </div>
        ))}
      </div>
      <div className="flex gap-1 text-xs text-soft tabular-nums">
        {columns.map(({ name }, index) => (
          <span key={name} className="min-w-0 flex-1 text-center whitespace-nowrap">
            {index % 4 === 0 && name}
          </span>
        ))}
      </div>
    </div>
  )
}
