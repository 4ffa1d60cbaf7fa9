/** The word of a page when nothing tells its visitors apart. */
export const commonWord = 'common'

/** The name under which a word says since when its roll-outs hold. */
export const rolloutName = 'rollout'

/** Writes `hero.b-consent_checkbox.on`: what tells this page from the others of its language. */
export function wordOf(parts: readonly (readonly [name: string, value: string])[]): string {
  return parts.length === 0 ? commonWord : parts.map(([name, value]) => `${name}.${value}`).join('-')
}

/** The values by name that a word holds. Anything can stand in a cookie or an address: what is no part is left out. */
export function partsOf(word: string): ReadonlyMap<string, string> {
  const parts = new Map<string, string>()
  if (word.length > wordLengthMax) return parts
  for (const part of word.split('-')) {
    const [, name, value] = partPattern.exec(part) ?? []
    if (name !== undefined && value !== undefined) parts.set(name, value)
  }
  return parts
}

const wordLengthMax = 512
const partPattern = /^([a-z0-9_]{1,32})\.([a-z0-9_]{1,32})$/
