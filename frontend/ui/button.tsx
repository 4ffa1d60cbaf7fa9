import type { ComponentProps } from 'react'

const look =
  'inline-flex min-h-12 items-center justify-center gap-2 rounded-xl border border-transparent bg-accent px-[24px] py-3 text-center font-semibold text-accent-ink transition-colors hover:bg-accent-strong motion-reduce:transition-none'

// The border shows where colours are forced, and nothing else would tell a button from text.

/** The one action a part of the page asks for. */
export function Button({ className = '', ...props }: ComponentProps<'button'>) {
  return <button {...props} className={`${look} ${className}`} />
}

/** The same look on a link. */
export function ButtonLink({ className = '', children, ...props }: ComponentProps<'a'>) {
  return (
    <a {...props} className={`${look} ${className}`}>
      {children}
    </a>
  )
}
