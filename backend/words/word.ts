/** The word of a page when nothing tells its visitors apart. */
export const commonWord = 'common'

/** The name under which a word says since when its roll-outs hold. */
export const rolloutName = 'rollout'

/** No cookie, no cache and no reader takes a longer word. */
export const wordLengthMax = 512

const name = '[a-z0-9_]{1,32}'
/** How experiments, variants and flags are named. */
export const namePattern = new RegExp(`^${name}$`)
const partPattern = new RegExp(`^(${name})\\.(${name})$`)
export const wordPattern = new RegExp(`^[A-Za-z0-9_.-]{1,${wordLengthMax}}$`)

/** Whether a text can name an experiment, a variant or a flag. What every object has of its own is no name. */
export function isName(text: unknown): text is string {
  return typeof text === 'string' && namePattern.test(text) && !(text in Object.prototype)
}

/** Whether a text is written like a word, in whatever case. What it says can still be nothing. */
export function isWordLike(text: unknown): text is string {
  return typeof text === 'string' && wordPattern.test(text)
}

/** Writes one part, such as `hero.b`. */
export const partOf = (name: string, value: string) => `${name}.${value}`

/** The name in a part. */
export const nameIn = (part: string) => part.split('.', 1)[0]!

export const joinParts = (parts: readonly string[]) => parts.join('-')

export const splitWord = (word: string): readonly string[] => word.split('-')

/** Writes `hero.b-consent_checkbox.on`: what tells this page from the others of its language. */
export function wordOf(parts: readonly (readonly [name: string, value: string])[]): string {
  return parts.length === 0 ? commonWord : joinParts(parts.map(([name, value]) => partOf(name, value)))
}

/** The values by name that a word holds. Anything can stand in a cookie or an address: what is no part is left out. */
export function partsOf(word: string): ReadonlyMap<string, string> {
  const parts = new Map<string, string>()
  if (word.length > wordLengthMax) return parts
  for (const part of splitWord(word)) {
    const [, name, value] = partPattern.exec(part) ?? []
    if (name !== undefined && value !== undefined) parts.set(name, value)
  }
  return parts
}
