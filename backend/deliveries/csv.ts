import type { Message } from './message.ts'

type Fields = Readonly<Record<string, unknown>>
type Column = readonly [name: string, of: (data: Fields, message: Message) => unknown]

const inside = (name: string, field: string) => (data: Fields) => (data[name] as Fields | undefined)?.[field]
const field = (name: string): Column => [name, (data) => data[name]]
const touch = (prefix: string, of: string): readonly Column[] =>
  ['utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content', 'referrer'].map((name) => [
    `${prefix}${name}`,
    inside(of, name),
  ])

/** What stands in a file, in order. Columns are only ever added, at the end. */
const columns: readonly Column[] = [
  ['message_id', (_, { id }) => id],
  ['event', (_, { type }) => type],
  ['timestamp', (_, { timestamp }) => timestamp],
  ...[field('id'), field('accepted_at'), field('state')],
  ['phone', inside('phone', 'kept')],
  ['phone_e164', inside('phone', 'e164')],
  ['phone_national', inside('phone', 'national')],
  ['phone_country', inside('phone', 'country')],
  ...[field('variant'), field('language'), field('consent')],
  ['suspect', ({ suspect }) => (suspect as string[] | undefined)?.join(' ')],
  ...touch('', 'last_touch'),
  ...touch('first_', 'first_touch'),
  ...[field('corrected_by'), field('phone_hash'), field('status_url')],
]

export const csvHeader = columns.map(([name]) => name)

/** As RFC 4180 has it: one heading, CRLF, quotes doubled. `bom` is for Excel, which else reads Persian wrongly. */
export function csvOf(
  messages: readonly Message[],
  { thin, bom }: Readonly<{ thin: boolean; bom: boolean }>,
) {
  const rows = messages.map((message) =>
    columns.map(([, of]) => cellOf(of(thin ? message.thin : message.data, message))).join(),
  )
  return `${bom ? '\ufeff' : ''}${[csvHeader.join(), ...rows].join('\r\n')}\r\n`
}

const isPhone = /^\+?[0-9]{10,15}$/
// Signs that a spreadsheet takes for the beginning of a formula, their full-width twins among them, also behind spaces.
const isFormula = /^[\s\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]*[=+\-@＝＋－＠]|^[\t\r\n]/

// Where a spreadsheet parts cells by something else than a comma, as much of Europe does, a cell begins behind it as well.
const formulaWithin = /([;\t|][\s\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff"']*)(?=[=+\-@＝＋－＠])/g

/**
 * A phone stays as it is; any other text that would be computed is begun with an apostrophe, which keeps it a text, and so is
 * what may be taken for a cell of its own within it.
 */
export function cellOf(value: unknown): string {
  const text = value === null || value === undefined ? '' : String(value)
  const begun = isFormula.test(text) && !isPhone.test(text) ? `'${text}` : text
  const safe = begun.replace(formulaWithin, "$1'")
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
