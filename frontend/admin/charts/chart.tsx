import { lazy, type ReactNode, Suspense } from 'react'
import { useWords } from '../look.tsx'
import type { DrawnProps } from './drawn.tsx'

const Drawn = lazy(() => import('./drawn.tsx').then((module) => ({ default: module.Drawn })))

type Props = DrawnProps & Readonly<{ children: ReactNode }>

/**
 * Figures over a time. What draws them comes when it is looked at, into a place that is kept for it; `children` is the table of the
 * same figures, which is what is read out.
 */
export function Chart({ children, ...drawn }: Props) {
  const { common } = useWords()
  return (
    <div className="grid gap-3 rounded-xl border border-line bg-surface p-4">
      <Legend series={drawn.series} />
      {/* Which side is first is told to what draws; texts beside an axis are hung up as in English. */}
      <div aria-hidden="true" dir="ltr" className="h-56 min-w-0 text-xs">
        <Suspense fallback={null}>
          <Drawn {...drawn} />
        </Suspense>
      </div>
      <details>
        <summary className="cursor-pointer text-sm text-soft">{common.asTable}</summary>
        <div className="mt-3">{children}</div>
      </details>
    </div>
  )
}

function Legend({ series }: Pick<DrawnProps, 'series'>) {
  if (series.length < 2) return null
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1 text-sm text-soft">
      {series.map(({ name, look, kind }) => (
        <li key={name} className="flex items-center gap-2">
          <span
            aria-hidden="true"
            className={kind === 'line' ? 'h-0.5 w-4 rounded-full' : 'size-3 rounded-sm'}
            style={{ background: look }}
          />
          <bdi>{name}</bdi>
        </li>
      ))}
    </ul>
  )
}
