import type { ReactNode } from 'react'

type SectionProps = Readonly<{
  id: string
  title: string
  text?: string
  /** Puts the title beside the rest where there is room. */
  beside?: boolean
  children: ReactNode
}>

/** A titled band across the page. */
export function Section({ id, title, text, beside = false, children }: SectionProps) {
  return (
    <section aria-labelledby={`${id}-title`} id={id}>
      <div
        className={`mx-auto max-w-6xl px-[16px] py-14 sm:px-6 md:py-20 ${beside ? 'lg:grid lg:grid-cols-[1fr_2fr] lg:gap-x-14' : ''}`}
      >
        <div className="max-w-2xl">
          <h2 id={`${id}-title`} className="text-3xl font-bold tracking-tight md:text-4xl">
            {title}
          </h2>
          {text && <p className="mt-4 text-lg text-soft">{text}</p>}
        </div>
        <div className={`mt-10 ${beside ? 'lg:mt-0' : ''}`}>{children}</div>
      </div>
    </section>
  )
}
