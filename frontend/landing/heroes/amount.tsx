import { Bar } from '../../ui/bar.tsx'
import type { Labelled } from '../content.ts'

type AmountProps = Labelled &
  Readonly<{
    unit?: string
    className?: string
    /** Puts label and value on one line where they fit, a bar of this share of the room below. */
    share?: number
  }>

/** One amount of a comparison. */
export function Amount({ label, value, unit, className = '', share }: AmountProps) {
  const isBeside = share !== undefined
  return (
    <div className={isBeside ? 'flex flex-wrap items-baseline justify-between gap-x-4' : ''}>
      <dt className="text-sm text-soft">{label}</dt>
      <dd className={`text-xl font-bold sm:text-2xl ${className}`}>
        {value} {unit && <span className="text-sm font-normal whitespace-nowrap text-soft">{unit}</span>}
      </dd>
      {isBeside && (
        <dd className={`mt-1 w-full ${className}`}>
          <Bar share={share} />
        </dd>
      )}
    </div>
  )
}
