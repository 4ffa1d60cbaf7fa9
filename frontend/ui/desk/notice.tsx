import type { ReactNode } from 'react'

const looks = {
  plain: 'border-line bg-surface text-soft',
  good: 'border-good/30 bg-good-tint text-good',
  danger: 'border-danger/30 bg-danger-tint text-danger',
} as const

/** What is to be known: read out when it appears. */
export function Notice({
  look = 'plain',
  children,
}: Readonly<{ look?: keyof typeof looks; children: ReactNode }>) {
  return (
    <div
      role={look === 'danger' ? 'alert' : 'status'}
      className={`rounded-xl border px-4 py-3 ${looks[look]}`}
    >
      {children}
    </div>
  )
}
