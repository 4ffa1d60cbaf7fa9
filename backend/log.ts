import { connectionFault } from './connection-fault.ts'
import { textWriter, type WriteText } from './output.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type LogFields = Readonly<Record<string, unknown>>

/** Writes one entry for each event, as a line of JSON. In a healthy hour `error` is written zero times. */
export interface Log {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}

const order: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

// Ten digits and more that stand alone may be a phone number, behind a plus seven; the digits inside a UUID are not.
const phoneLike =
  /(?:(?<![\p{L}\p{Nd}-])|(?<=%(?:25)*2B))(?:\+\p{Nd}{7,15}|\p{Nd}{10,15}|(?<=%(?:25)*2B)\p{Nd}{7,9})(?![\p{L}\p{Nd}-])/gu

// The same in groups, with what people type between them and what becomes of that in an address. UUIDs, moments and
// IP addresses have groups of digits, too: they stand first in the pattern, so that they are passed over as a whole.
const uuid = '[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}'
const [year, month, day] = ['(?:19|20)\\d\\d', '(?:0[1-9]|1[0-2])', '(?:0[1-9]|[12]\\d|3[01])']
const date = `(?:${year}[-/.]${month}[-/.]${day}|${day}[-/.]${month}[-/.]${year})(?!\\p{Nd})`
const moment = `${date}(?:[T ]\\d\\d:\\d\\d(?::\\d\\d(?:[.,]\\d+)?)?)?`
const octet = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)'
const ipAddress = `${octet}(?:\\.${octet}){3}(?![\\p{Nd}.])`
const between = '(?:[\\p{Zs}\\t\\-‐-―−.()/+]|%20){1,3}'
const betweenGroups = new RegExp(`(?<=\\p{Nd})${between}`, 'gu')
const groupsOrOther = new RegExp(
  `(?:(?<![\\p{L}\\p{Nd}]-?)|(?<=%(?:25)*2B))(?:${uuid}|${moment}|${ipAddress}|(\\+?\\p{Nd}+(?:${between}\\p{Nd}+)+))`,
  'gu',
)
// Cheap, and false for most texts: seven digits, or for groups ten, with little between them.
const someDigits = /\p{Nd}(?:[^\p{Nd}A-Za-z,;:]{0,3}\p{Nd}){6}/u
const enoughDigits = /\p{Nd}(?:[^\p{Nd}A-Za-z,;:]{0,3}\p{Nd}){9}/u

/** `+989121234567` becomes `***567`: enough to tell two apart on the line, too little to find out whose it is. */
export function maskPhone(phone: string): string {
  return `***${phone.slice(-3)}`
}

/** Masks everything in a text that could be a phone number, also one that is written in groups. */
export function maskPhones(text: string): string {
  if (!someDigits.test(text)) return text
  return text.replace(phoneLike, maskPhone).replace(groupsOrOther, maskGroups)
}

/**
 * The same for texts in which the numbers of advertising campaigns stand: those are runs of digits that begin with none of
 * what phones begin with, and are left.
 */
export function maskWrittenPhones(text: string): string {
  if (!someDigits.test(text)) return text
  return text
    .replace(phoneLike, (found, at: number) =>
      campaignNumber.test(found) && !/%(?:25)*2B$/.test(text.slice(0, at)) ? found : maskPhone(found),
    )
    .replace(groupsOrOther, maskGroups)
}

const campaignNumber = /^[1-9][0-9]+$/

function maskGroups(found: string, groups: string | undefined): string {
  if (groups === undefined || !enoughDigits.test(groups) || isDecimalOrVersion(groups)) return found
  return maskPhone(groups.replace(betweenGroups, ''))
}

/** `1034.5678901`, which does not begin with the zero of an area, or `126.0.6478.122`, which has a part of one digit. */
function isDecimalOrVersion(groups: string): boolean {
  return /^[1-9]\d*\.\d+$/.test(groups) || /\.\d(?!\d)/.test(groups)
}

/** What may be written of an unknown thrown value: its name, code and masked message, and what helps where that is known. */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: maskPhones(String(error)) }
  const code = (error as { code?: unknown }).code
  const help = connectionFault(error)
  return {
    error: maskPhones(error.message),
    name: error.name,
    ...(code === undefined ? {} : { code }),
    ...(help && { help }),
  }
}

/** The log of one process: JSON lines on stdout, with phones masked in all they say. */
export function createLog(options: { level: LogLevel; process: string; write?: WriteText }): Log {
  const write = options.write ?? stdoutOf(options.process)
  const least = order.indexOf(options.level)
  const at =
    (level: LogLevel) =>
    (event: string, fields: LogFields = {}) => {
      if (order.indexOf(level) < least) return
      write(entryText(options.process, level, event, fields))
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

function entryText(process: string, level: LogLevel, event: string, fields: LogFields): string {
  const entry = { time: new Date().toISOString(), level, process, event, ...fields }
  return JSON.stringify(entry, (_key, value) => (typeof value === 'string' ? maskPhones(value) : value))
}

let stdout: WriteText | undefined

// One for the whole process, however many logs it makes: their entries share one stream.
function stdoutOf(name: string): WriteText {
  stdout ??= textWriter(process.stdout, (lines) => entryText(name, 'warn', 'log.lost', { lines }))
  return stdout
}
