/**
 * `make`, whose answers are remembered: for texts of which most are among a few, as those that browsers send of themselves.
 * Past `max` of them it begins anew; what a longer text gives is found each time.
 */
export function remember<Answer>(
  make: (text: string) => Answer,
  { max, lengthMax }: Readonly<{ max: number; lengthMax: number }>,
): (text: string) => Answer {
  const known = new Map<string, Answer>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found
    const made = make(text)
    if (text.length > lengthMax) return made
    if (known.size >= max) known.clear()
    known.set(text, made)
    return made
  }
}
