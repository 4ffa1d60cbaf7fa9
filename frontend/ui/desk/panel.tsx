import type { ReactNode } from 'react'

/** The head of a screen: what it is, and what can be done on it. */
export function ScreenHead({
  title,
  about,
  children,
}: Readonly<{ title: string; about?: string; children?: ReactNode }>) {
  return (
    <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
      <div className="grid gap-1">
        <h1 className="text-xl font-semibold">{title}</h1>
        {about && <p className="max-w-prose text-soft">{about}</p>}
      </div>
      {children}
    </header>
  )
}

/** A part of a screen under a head of its own. */
export function Part({
  title,
  about,
  children,
}: Readonly<{ title: string; about?: string; children: ReactNode }>) {
  return (
    <section className="grid gap-3">
      <div>
        <h2 className="font-semibold">{title}</h2>
        {about && <p className="max-w-prose text-sm text-soft">{about}</p>}
      </div>
      {children}
    </section>
  )
}
