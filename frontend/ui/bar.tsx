type BarProps = Readonly<{ share: number; className?: string }>

/** A bar as long as its share of the room, between 0 and 1, from where lines of text begin. Its value stands beside it. */
export function Bar({ share, className = '' }: BarProps) {
  return (
    <svg aria-hidden="true" className={`block h-3 w-full rtl:-scale-x-100 ${className}`}>
      <rect width="100%" height="100%" rx="6" fill="currentColor" opacity=".15" />
      <rect width={`${Math.round(share * 100)}%`} height="100%" rx="6" fill="currentColor" />
    </svg>
  )
}
