import { InvalidFields } from '../problem.ts'
import type { LeadPlace } from './work.ts'

/** Places in a list as they are given out: signed, and good for the filter that they were made under. */
export type Cursors = Readonly<{
  write(place: LeadPlace, filter: unknown): string
  /** @throws InvalidFields `stale_cursor` under another filter, or `invalid`. */
  read(text: string, filter: unknown): LeadPlace
}>

export function createCursors(keyedHash: (text: string) => string): Cursors {
  const signed = (body: string, filter: unknown) => keyedHash(`cursor ${JSON.stringify(filter)} ${body}`)
  const fault = (code: string) => new InvalidFields({ after: [code] })
  return {
    write({ id, acceptedAt }, filter) {
      const body = `${acceptedAt.getTime()}_${id}`
      return `${body}_${signed(body, filter)}`
    },
    read(text, filter) {
      const [, body, ms, id, mark] = /^((\d{1,15})_([0-9a-f-]{36}))_([0-9a-f]{32})$/.exec(text) ?? []
      if (body === undefined) throw fault('invalid')
      if (signed(body, filter) !== mark) throw fault('stale_cursor')
      return { id: id!, acceptedAt: new Date(Number(ms)) }
    },
  }
}
