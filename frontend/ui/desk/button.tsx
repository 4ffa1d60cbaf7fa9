import type { ComponentProps } from 'react'

const shape =
  'inline-flex min-h-10 items-center justify-center gap-2 rounded-lg px-4 py-1.5 text-center font-medium transition-colors disabled:opacity-55 motion-reduce:transition-none'
const looks = {
  main: 'border border-transparent bg-press text-press-ink enabled:hover:bg-press-strong',
  quiet: 'border border-line bg-surface text-ink enabled:hover:bg-sunk',
  danger: 'border border-danger/40 bg-surface text-danger enabled:hover:bg-danger-tint',
  bare: 'border border-transparent text-soft enabled:hover:bg-sunk enabled:hover:text-ink',
} as const

type Props = ComponentProps<'button'> & Readonly<{ look?: keyof typeof looks; busy?: boolean }>

/** What can be pressed; `busy` while what it does is being done. */
export function Button({ look = 'main', busy = false, className = '', disabled, type, ...props }: Props) {
  return (
    <button
      {...props}
      type={type ?? 'button'}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={`${shape} ${looks[look]} ${className}`}
    />
  )
}
