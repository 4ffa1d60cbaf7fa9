import { Link } from '@tanstack/react-router'
import { ChevronLeft } from 'lucide-react'

/** The way from one of a list back to the list, which is the same address without what picks that one. */
export function Back({ label }: Readonly<{ label: string }>) {
  return (
    <Link to="." search={{} as never} className="inline-flex items-center gap-1 justify-self-start text-soft">
      <ChevronLeft size={16} aria-hidden="true" className="rtl:-scale-x-100" />
      {label}
    </Link>
  )
}
