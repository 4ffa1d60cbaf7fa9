import type { HeroWords } from '../content.ts'

/** The promise: what the page is about, in one look. */
export function Pitch({ eyebrow, title, text }: HeroWords) {
  return (
    <>
      {eyebrow && (
        <p className="mb-2 inline-block rounded-full border border-transparent bg-brand-tint px-3 py-1 text-xs font-semibold text-brand sm:mb-3 sm:text-sm">
          {eyebrow}
        </p>
      )}
      <h1 className="text-[max(1.5rem,6.6vw)] leading-tight font-extrabold tracking-tight whitespace-pre-line sm:text-5xl">
        {title}
      </h1>
      <p className="mt-2 max-w-xl text-sm text-balance text-soft sm:mt-3 sm:text-lg">{text}</p>
    </>
  )
}
