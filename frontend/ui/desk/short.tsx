type Props = Readonly<{
  children: string
  /** So wide it stays where others want the room. */
  least?: string
}>

/** What others have written, two lines of it: a link with a campaign of 200 letters pushes nothing out of sight. */
export function Short({ children, least = '' }: Props) {
  return (
    <span title={children} className={`line-clamp-2 max-w-56 wrap-anywhere ${least}`}>
      <bdi>{children}</bdi>
    </span>
  )
}
