/** Where a visitor came from: campaign parameters, click ids and referrer. */
export type Attribution = Readonly<Record<string, string>>

const campaignTexts = ['utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content'] as const

/** By what advertisers know a click again. */
export const clickIds = [
  ...['utm_id', 'gclid', 'gbraid', 'wbraid', 'dclid', 'gad_source', 'gad_campaignid'],
  ...['fbclid', 'msclkid', 'ttclid', 'twclid', 'li_fat_id', 'ScCid', 'rdt_cid', 'epik', 'yclid'],
  ...['ysclid', 'tblci', 'dicbo', 'qclid', 'ndclid', 'irclickid'],
] as const

/** What is taken out of the address that a campaign leads to. */
export const campaignFields: readonly string[] = [...campaignTexts, ...clickIds]

const fieldsByName = new Map(campaignFields.map((field) => [field.toLowerCase(), field]))

/**
 * The field that a name in an address stands for. Links are written with names in capitals, and mail programs escape their &
 * once too often.
 */
export function campaignFieldOf(name: string): string | undefined {
  return fieldsByName.get(name.replace(/^(?:amp;)+/, '').toLowerCase())
}

/** What is kept of where a visitor came from; anything else in a body is left out. */
export const attributionFields: readonly string[] = [...campaignFields, 'referrer']

const textLengthMax = 256
// The longest seen have some 330 characters.
const idLengthMax = 512

/** A text that is longer is cut to this many characters; a click id is left out, for a part of it is worth nothing. */
export function attributionLengthMax(name: string): number {
  return isClickId(name) ? idLengthMax : textLengthMax
}

const known: ReadonlySet<string> = new Set(attributionFields)
const ids: ReadonlySet<string> = new Set(clickIds)
const isClickId = (name: string) => ids.has(name)
// As nearly every one comes.
const clean = /^[!-~](?:[ -~]*[!-~])?$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are removed so that no store chokes on them
const controlCharacters = /[\u0000-\u001f\u007f]/g

/** The usable texts among the attribution fields, or undefined when there are none. */
export function readAttribution(fields: Readonly<Record<string, unknown>>): Attribution | undefined {
  let found: Record<string, string> | undefined
  // By what was sent, which is less than what can be.
  for (const name in fields) {
    const value = fields[name]
    if (typeof value !== 'string' || value === '' || !known.has(name)) continue
    const lengthMax = attributionLengthMax(name)
    if (value.length > lengthMax && isClickId(name)) continue
    const text = cleanText(value, lengthMax)
    if (text === '') continue
    found ??= {}
    found[name] = text
  }
  return found
}

/** A text without control characters or lone surrogates, cut to `lengthMax` characters. */
export function cleanText(text: string, lengthMax: number): string {
  if (text.length <= lengthMax && clean.test(text)) return text
  return text.slice(0, lengthMax).toWellFormed().replace(controlCharacters, ' ').trim()
}
