export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type LogFields = Readonly<Record<string, unknown>>

/** Writes one JSON line per event. In a healthy hour `error` is written zero times. */
export interface Log {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}

const order: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

// Ten digits and more that stand alone may be a phone number; the digits inside a UUID are not.
const phoneLike = /(?:(?<![\p{L}\p{Nd}-])|(?<=%2B))\+?\p{Nd}{10,15}(?![\p{L}\p{Nd}-])/gu

/** `+989121234567` becomes `+98912***4567`: enough to recognise, too little to call. Three digits or more are hidden. */
export function maskPhone(phone: string): string {
  const plus = phone.startsWith('+') ? 1 : 0
  const kept = plus + Math.min(plus ? 5 : 4, phone.length - plus - 7)
  return `${phone.slice(0, kept)}***${phone.slice(-4)}`
}

/** Masks everything in a text that could be a phone number. */
export function maskPhones(text: string): string {
  return text.replace(phoneLike, maskPhone)
}

/** What may be written of an unknown thrown value: its name, code and masked message. */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: maskPhones(String(error)) }
  const code = (error as { code?: unknown }).code
  return { error: maskPhones(error.message), name: error.name, ...(code === undefined ? {} : { code }) }
}

export function createLog(options: {
  level: LogLevel
  process: string
  write?: (line: string) => void
}): Log {
  const write = options.write ?? ((line) => process.stdout.write(`${line}\n`))
  const least = order.indexOf(options.level)
  const at =
    (level: LogLevel) =>
    (event: string, fields: LogFields = {}) => {
      if (order.indexOf(level) < least) return
      const line = { time: new Date().toISOString(), level, process: options.process, event, ...fields }
      write(JSON.stringify(line, (_key, value) => (typeof value === 'string' ? maskPhones(value) : value)))
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
