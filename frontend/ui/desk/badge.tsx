import type { ReactNode } from 'react'

const looks = {
  plain: 'bg-sunk text-soft',
  brand: 'bg-brand-tint text-brand',
  good: 'bg-good-tint text-good',
  warn: 'bg-warn-tint text-warn',
  danger: 'bg-danger-tint text-danger',
} as const

/** One word about something. */
export function Badge({
  look = 'plain',
  children,
}: Readonly<{ look?: keyof typeof looks; children: ReactNode }>) {
  return (
    <span className={`inline-block whitespace-nowrap rounded-full px-2.5 py-0.5 text-sm ${looks[look]}`}>
      {children}
    </span>
  )
}
