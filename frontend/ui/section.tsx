import type { ReactNode } from 'react'

type SectionProps = Readonly<{
  id: string
  title: string
  text?: string
  tinted?: boolean
  children: ReactNode
}>

/** A titled band across the page. */
export function Section({ id, title, text, tinted = false, children }: SectionProps) {
  return (
    <section aria-labelledby={`${id}-title`} id={id} className={tinted ? 'bg-tint' : ''}>
      <div className="mx-auto max-w-6xl px-4 py-14 sm:px-6 md:py-20">
        <h2 id={`${id}-title`} className="max-w-2xl text-3xl font-bold tracking-tight md:text-4xl">
          {title}
        </h2>
        {text && <p className="mt-4 max-w-2xl text-lg text-soft">{text}</p>}
        <div className="mt-10">{children}</div>
      </div>
    </section>
  )
}
