import {
  Bar,
  CartesianGrid,
  ComposedChart,
  Line,
  ResponsiveContainer,
  Tooltip,
  type TooltipContentProps,
  XAxis,
  YAxis,
} from 'recharts'
import { useLook } from '../look.tsx'

/** One line or one row of bars; `of` has a value for each point, or none there. */
export type Series = Readonly<{
  name: string
  kind: 'bars' | 'line'
  look: string
  of: readonly (number | null)[]
  said(value: number): string
  /** On an axis of its own at the other side. */
  isApart?: boolean
}>
export type DrawnProps = Readonly<{
  /** What stands below each point, in the order of time, and above its figures. */
  points: readonly Readonly<{ name: string; said: string }>[]
  series: readonly Series[]
}>

const tick = { fill: 'var(--color-soft)', fontSize: 12 }
const axis = { tick, tickLine: false, axisLine: false, width: 'auto' } as const

/** Time goes as the language is read. Nothing moves. */
export function Drawn({ points, series }: DrawnProps) {
  const isFromRight = useLook().language === 'fa'
  const rows = points.map(({ name }, index) => ({
    ...{ name, index },
    ...Object.fromEntries(series.map(({ of }, place) => [keyOf(place), of[index]])),
  }))
  const bars = series.flatMap((each, place) => (each.kind === 'bars' ? [{ ...each, place }] : []))
  const lines = series.flatMap((each, place) => (each.kind === 'line' ? [{ ...each, place }] : []))
  const [first, apart] = [series.find(({ isApart }) => !isApart), series.find(({ isApart }) => isApart)]
  return (
    <ResponsiveContainer width="100%" height="100%">
      <ComposedChart
        data={rows}
        accessibilityLayer={false}
        barGap={1}
        margin={{ top: 8, right: 0, bottom: 0, left: 0 }}
      >
        <CartesianGrid vertical={false} stroke="var(--color-line)" />
        <XAxis
          dataKey="name"
          reversed={isFromRight}
          tick={tick}
          tickLine={false}
          axisLine={{ stroke: 'var(--color-line)' }}
          interval="preserveStartEnd"
          minTickGap={12}
        />
        {first && (
          <YAxis
            {...axis}
            yAxisId="first"
            orientation={isFromRight ? 'right' : 'left'}
            allowDecimals={first.kind === 'line'}
            // Rates lie close together; a bar says nothing unless it begins at nothing.
            domain={
              series.some(({ kind, isApart }) => kind === 'bars' && !isApart) ? [0, 'auto'] : ['auto', 'auto']
            }
            tickFormatter={first.said}
          />
        )}
        {apart && (
          <YAxis
            {...axis}
            yAxisId="apart"
            orientation={isFromRight ? 'left' : 'right'}
            tickFormatter={apart.said}
          />
        )}
        <Tooltip
          isAnimationActive={false}
          cursor={{ fill: 'var(--color-sunk)', stroke: 'var(--color-line)' }}
          content={(shown) => <Shown {...shown} {...{ points, series, dir: isFromRight ? 'rtl' : 'ltr' }} />}
        />
        {/* Of bars beside each other the first stands where reading begins; lines lie above them. */}
        {[...(isFromRight ? bars.toReversed() : bars), ...lines].map(({ kind, look, isApart, place }) => {
          const shared = {
            ...{ dataKey: keyOf(place), yAxisId: isApart ? 'apart' : 'first', isAnimationActive: false },
          }
          return kind === 'bars' ? (
            <Bar key={keyOf(place)} {...shared} fill={look} maxBarSize={18} radius={[2, 2, 0, 0]} />
          ) : (
            <Line
              key={keyOf(place)}
              {...shared}
              stroke={look}
              strokeWidth={2}
              dot={points.length < 2 && { fill: look }}
            />
          )
        })}
      </ComposedChart>
    </ResponsiveContainer>
  )
}

const keyOf = (place: number) => `of${place}`

function Shown({
  active,
  payload,
  points,
  series,
  dir,
}: Partial<TooltipContentProps> & DrawnProps & Readonly<{ dir: string }>) {
  const index = (payload?.[0]?.payload as { index?: number } | undefined)?.index
  if (!active || index === undefined) return null
  return (
    <div dir={dir} className="rounded-lg border border-line bg-surface px-3 py-2 text-sm shadow-lg">
      <p className="text-soft">{points[index]?.said}</p>
      {series.map(({ name, of, said, look }) => {
        const value = of[index]
        return (
          <p key={name} className="flex items-center justify-between gap-4">
            <span className="flex items-center gap-2">
              <span className="size-2.5 rounded-sm" style={{ background: look }} />
              <bdi>{name}</bdi>
            </span>
            <span className="font-medium tabular-nums">
              {value === null || value === undefined ? '–' : said(value)}
            </span>
          </p>
        )
      })}
    </div>
  )
}
