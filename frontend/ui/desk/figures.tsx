import type { ReactNode } from 'react'

/** Figures beside each other, each with its name and what puts it into proportion. */
export function Figures({ children }: Readonly<{ children: ReactNode }>) {
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-xl border border-line bg-line max-md:[&>:last-child:nth-child(odd)]:col-span-2 md:grid-cols-[repeat(auto-fit,minmax(10rem,1fr))]">
      {children}
    </dl>
  )
}

type Props = Readonly<{ name: string; value: string; about: ReactNode; isBad?: boolean }>

export function Figure({ name, value, about, isBad }: Props) {
  return (
    <div className="grid content-start gap-0.5 bg-surface p-4">
      <dt className="text-sm text-soft">{name}</dt>
      <dd>
        <span className={`text-2xl font-semibold tabular-nums ${isBad ? 'text-danger' : ''}`}>{value}</span>
        <span className="block text-sm text-soft">{about}</span>
      </dd>
    </div>
  )
}
