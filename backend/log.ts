import { connectionFault } from './connection-fault.ts'
import { maskPhones } from './leads/written-phones.ts'
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
