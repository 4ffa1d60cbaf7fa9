import type { DailyReport, LeadCounts } from './lead.ts'
import type { Message } from './message.ts'
import type { Answer, Outcome } from './target.ts'
import { judgeByStatus } from './webhook.ts'

/** A stretch of text for people; a target gives it the marks that its chat reads. */
export type Piece = Readonly<{ text: string; isBold?: true; href?: string }>
export type Line = readonly Piece[]

type Phone = Readonly<{ kept: string; e164: string | null; national: string; tel: string }>
type Touch = Readonly<Record<string, string>>
type LeadData = Readonly<{
  id: string
  phone: Phone
  variant: string | null
  language: string | null
  suspect: readonly string[]
  state: string
  last_touch: Touch
}>

const textMax = 120
const noticeMax = 600
// One row of a digest is for a glance.
const rowTextMax = 40

/** What people are told: of one lead all that a caller needs, of several a row each. */
export function linesOf(messages: readonly Message[], isThin: boolean): Line[] {
  const [first] = messages
  if (messages.length === 1) return wholeOf(first!, isThin)
  const heading = bold(`📞 ${messages.length} at once: they came faster than messages may be sent`)
  return [[heading], ...messages.map((message, index) => rowOf(message, index + 1, isThin))]
}

function wholeOf(message: Message, isThin: boolean): Line[] {
  const title = [bold(titleOf(message))]
  if (message.type === 'operator.notice') return [title, ...changeOf(message)]
  if (message.type === 'delivery.test') {
    const { endpoint, says } = message.data as { endpoint: string; says: string }
    return [title, [plain(`${says} Endpoint: ${shown(endpoint)}`)]]
  }
  const about = !isLead(message) ? changeOf(message) : isThin ? thinOf(message) : leadOf(message)
  return [title, ...about, [plain(`Lead ${idOf(message)}`)]]
}

function leadOf(message: Message): Line[] {
  const { phone, variant, language, suspect, last_touch: touch } = message.data as LeadData
  const facts = (named: Readonly<Record<string, string | null | undefined>>) =>
    joined(
      Object.entries(named).flatMap(([name, text]) => (text ? [[plain(`${name}: ${shown(text)}`)]] : [])),
    )
  return [
    [plain('Call '), ...phoneOf(phone)],
    facts({ Campaign: touch.utm_campaign, Source: touch.utm_source, Medium: touch.utm_medium }),
    facts({ Variant: variant, Language: language }),
    facts({ Suspect: suspect.join(', ') }),
    [plain(`Time: ${message.localTime}`)],
  ].filter((line) => line.length > 0)
}

/** Who has to be rung in the place of a lead, or that it is to be forgotten. */
function changeOf({ type, data }: Message): Line[] {
  if (type === 'report.daily') return reportLines(data as DailyReport).map((line) => [plain(line)])
  if (type === 'lead.erased')
    return [[plain('Its visitor wants to be forgotten: delete what was sent here of it.')]]
  if (type === 'operator.notice') return [[plain(shown(String(data.says), noticeMax))]]
  const { corrected_by: other, state } = data as { corrected_by: string | null; state: string }
  return [
    [
      plain(
        other ? `Its number was wrong. Call the lead ${other} in its place.` : `It is ${shown(state)} now.`,
      ),
    ],
  ]
}

function thinOf({ thin }: Message): Line[] {
  const { status_url: url, state } = thin as { status_url?: string; state?: string }
  return [
    ...(state ? [[plain(`State: ${shown(state)}`)]] : []),
    ...(url ? [[{ text: 'Status', href: url }]] : []),
  ]
}

function rowOf(message: Message, place: number, isThin: boolean): Line {
  const start = plain(`${place}. `)
  const end = [message.localTime, idOf(message)].flatMap((text) => (text === '' ? [] : [[plain(text)]]))
  if (!isLead(message)) return [start, ...joined([[plain(titleOf(message))], ...changeOf(message), ...end])]
  if (isThin) return [start, ...joined([[plain(titleOf(message))], ...thinOf(message), ...end])]
  const { phone, variant, language, state, last_touch: touch } = message.data as LeadData
  const texts = [touch.utm_campaign, touch.utm_source, variant, language].flatMap((text) =>
    text ? [[plain(shown(text, rowTextMax))]] : [],
  )
  return [
    start,
    ...(state === 'suspect' ? [plain('⚠️ suspect ')] : []),
    ...joined([phoneOf(phone), ...texts, ...end]),
  ]
}

function phoneOf({ kept, e164, national, tel }: Phone): Line {
  if (e164 === null) return [plain(number(kept))]
  return [
    { text: number(e164), href: tel },
    plain(` (${number(national)}) `),
    { text: 'WhatsApp', href: `https://wa.me/${e164.slice(1)}` },
  ]
}

/** A day in lines: all of it, then each source. */
export const reportLines = ({ date, time_zone, by_source, ...all }: DailyReport): string[] => [
  `${date} (${time_zone}): ${countsOf(all)}`,
  ...by_source.map(({ source, ...counts }) => `${source ? shown(source) : 'no source'}: ${countsOf(counts)}`),
]

const countsOf = ({ leads, duplicates, suspects }: LeadCounts) =>
  [
    `${leads} leads`,
    ...(suspects ? [`${suspects} suspect`] : []),
    ...(duplicates ? [`${duplicates} duplicates`] : []),
  ].join(', ')

function titleOf({ type, data }: Message): string {
  if (type === 'report.daily') return '📊 A day'
  if (type === 'delivery.test') return '🔔 Test'
  if (type === 'operator.notice')
    return data.trouble === null ? '✅ Deliveries are well again' : '🚨 Deliveries are in trouble'
  if (type === 'lead.updated') return '✏️ Lead changed'
  if (type === 'lead.erased') return '🗑️ Lead erased'
  if (data.state === 'suspect') return '⚠️ New lead, which looks like a robot’s'
  return type === 'lead.released' ? '📞 Lead released: it is a person’s' : '📞 New lead'
}

const isLead = ({ type }: Message) => type === 'lead.stored' || type === 'lead.released'
const idOf = ({ data }: Message) => String(data.id ?? '')
const plain = (text: string): Piece => ({ text })
const bold = (text: string): Piece => ({ text, isBold: true })
const joined = (parts: readonly Line[]): Line =>
  parts.flatMap((part, index) => (index === 0 ? part : [plain(' · '), ...part]))

// Letters from right to left beside it would else turn a number round; and what a visitor's link says must not turn ours.
export const number = (text: string) => `\u2066${text}\u2069`
export const shown = (text: string, most = textMax) => `\u2068${cut(tame(text), most)}\u2069`
// The marks that keep Persian words and emoji together (200C, 200D) stay.
const directions = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g
export const tame = (text: string) => text.replace(directions, '').replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
const letters = new Intl.Segmenter()

function cut(text: string, most: number): string {
  if (text.length <= most) return text
  let length = 0
  for (const { segment, index } of letters.segment(text)) {
    if (index + segment.length > most - 1) break
    length = index + segment.length
  }
  return `${text.slice(0, length)}…`
}

/** How many of these go into `most`, one at least. */
export function fitting(
  messages: readonly Message[],
  most: number,
  sizeOf: (held: readonly Message[]) => number,
): number {
  let count = 1
  while (count < messages.length && sizeOf(messages.slice(0, count + 1)) <= most) count++
  return count
}

/** The whole text, with the marks of a chat. */
export const textOf = (messages: readonly Message[], isThin: boolean, marked: (piece: Piece) => string) =>
  linesOf(messages, isThin)
    .map((line) => line.map(marked).join(''))
    .join('\n')

/** For chats whose marks are made of < > and &. */
export const escapeMarkup = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** As the status says, with what the chat says of a failure. */
export function judgeSaying(answer: Answer, nowMs: number, said: unknown): Outcome {
  // A page for people is not the answer of a chat: the address is another one then, and nobody has read the message.
  if (answer.status >= 200 && answer.status < 300 && /^\s*</.test(answer.body))
    return {
      kind: 'failed',
      because: 'it answered with a page: is this the address that the chat gave out?',
      isTheirs: false,
    }
  const outcome = judgeByStatus(answer, nowMs)
  if (outcome.kind !== 'failed' || typeof said !== 'string' || said === '') return outcome
  return { ...outcome, because: `${outcome.because} and said ${said.slice(0, 200)}` }
}

/** The same answer, with a time to wait that stands in its body, in seconds to the fraction. */
export const waitingFor = (answer: Answer, seconds: unknown): Answer =>
  answer.status === 429 && typeof seconds === 'number'
    ? { ...answer, retryAfter: String(Math.ceil(seconds)) }
    : answer

/** The fields of an answer in JSON. */
export function fieldsOf(body: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(body)
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
