/** Where a visitor came from: campaign parameters, click ids and referrer, each at most 256 characters. */
export type Attribution = Readonly<Record<string, string>>

/** What is taken out of the address that a campaign leads to. */
export const campaignFields = [
  'utm_source',
  'utm_medium',
  'utm_campaign',
  'utm_term',
  'utm_content',
  'gclid',
  'fbclid',
  'msclkid',
  'ttclid',
] as const

/** What is kept of where a visitor came from; anything else in a body is left out. */
export const attributionFields = [...campaignFields, 'referrer'] as const

export const attributionLengthMax = 256
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are removed so that no store chokes on them
const controlCharacters = /[\u0000-\u001f\u007f]/g

/** The usable texts among the attribution fields, or undefined when there are none. */
export function readAttribution(fields: Readonly<Record<string, unknown>>): Attribution | undefined {
  let found: Record<string, string> | undefined
  for (const name of attributionFields) {
    const value = fields[name]
    if (typeof value !== 'string' || value === '') continue
    const text = cleanText(value, attributionLengthMax)
    if (text === '') continue
    found ??= {}
    found[name] = text
  }
  return found
}

/** A text without control characters or lone surrogates, cut to `lengthMax` characters. */
export function cleanText(text: string, lengthMax: number): string {
  return text.slice(0, lengthMax).toWellFormed().replace(controlCharacters, ' ').trim()
}
