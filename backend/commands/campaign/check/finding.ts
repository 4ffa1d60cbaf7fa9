/** Something about a campaign that has to be mended (`must`), or that somebody should look at. */
export type Finding = Readonly<{
  level: 'must' | 'look'
  /** What it is about, such as `en hero.a.title` or `public/icon.svg`. */
  where: string
  /** What is wrong and what to do; the same for all of one kind, so that they can be told together. */
  what: string
}>

const namedMax = 6

/** The findings for people: what has to be mended first, one kind a paragraph. */
export function reportOf(findings: readonly Finding[]): string[] {
  const lines: string[] = []
  for (const level of ['must', 'look'] as const) {
    const kinds = Map.groupBy(
      findings.filter((finding) => finding.level === level),
      ({ what }) => what,
    )
    for (const [what, found] of kinds) {
      const places = found.map(({ where }) => where)
      const rest = places.length - namedMax
      const named = [...places.slice(0, namedMax), ...(rest > 0 ? [`and ${rest} more`] : [])]
      lines.push(`${level === 'must' ? 'mend' : 'look'}  ${what}`, `      ${named.join(', ')}`)
    }
  }
  const count = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length
  return [...lines, '', `${count('must')} to mend, ${count('look')} to look at`]
}
