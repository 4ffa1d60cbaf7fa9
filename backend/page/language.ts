/** The language of a page for a browser that asks with this `Accept-Language`: the one it likes best, else the first. */
export function negotiateLanguage(acceptLanguage: string | null, languages: readonly string[]): string {
  const first = languages[0]!
  if (!acceptLanguage) return first
  let best = first
  let bestWeight = 0
  // Longer lists are not from browsers.
  for (const range of acceptLanguage.slice(0, headerLengthMax).split(',')) {
    const [tag = '', ...parameters] = range.split(';')
    const weight = weightOf(parameters)
    if (weight <= bestWeight) continue
    const found = languageOf(tag.trim().toLowerCase(), languages)
    if (!found) continue
    best = found
    bestWeight = weight
  }
  return best
}

const headerLengthMax = 512

function weightOf(parameters: readonly string[]): number {
  const quality = parameters.find((each) => /^\s*q\s*=/i.test(each))
  if (quality === undefined) return 1
  const weight = Number(quality.slice(quality.indexOf('=') + 1))
  return weight >= 0 && weight <= 1 ? weight : 0
}

/** `fa-IR` is answered in `fa`, `pt` in `pt-br`; `*` in the first. */
function languageOf(tag: string, languages: readonly string[]): string | undefined {
  if (tag === '*') return languages[0]
  for (let range = tag; range !== ''; range = range.slice(0, Math.max(0, range.lastIndexOf('-'))))
    if (languages.includes(range)) return range
  const primary = tag.split('-', 1)[0]
  return languages.find((language) => language.startsWith(`${primary}-`))
}
