import { useLook } from '../look.tsx'
import { type FoundPart, foundParts } from '../words/words.ts'

export type Found = Readonly<Partial<Record<FoundPart, number>>>

/** What of a person stands where. */
export function FoundList({ found, none }: Readonly<{ found: Found; none: string }>) {
  const { words, number } = useLook()
  const parts = foundParts.filter((part) => found[part])
  if (parts.length === 0) return <p className="text-soft">{none}</p>
  return (
    <ul className="text-sm">
      {parts.map((part) => (
        <li key={part}>
          <span className="tabular-nums">{number(found[part]!)}</span> {words.erasures.found[part]}
        </li>
      ))}
    </ul>
  )
}
