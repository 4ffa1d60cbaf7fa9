import { InvalidFields } from '../problem.ts'
import type { LeadFilter, LeadPlace } from './work.ts'

/** A view, and the moment for which it was asked first: "the last seven days" are those before that, on every page. */
export type ViewAt = Readonly<{ filter: LeadFilter; askedMs: number }>

/** Places in a list as they are given out: signed, and good for the view that they were made under. */
export type Cursors = Readonly<{
  write(place: LeadPlace, view: ViewAt): string
  /**
   * The place, and the view as it was for who asked for its first page; `filterAt` is what is asked, at a moment.
   * @throws InvalidFields `stale_cursor` under another filter, or `invalid`.
   */
  read(text: string, filterAt: (askedMs: number) => LeadFilter): ViewAt & Readonly<{ after: LeadPlace }>
}>

export function createCursors(keyedHash: (text: string) => string): Cursors {
  const signed = (body: string, filter: LeadFilter) => keyedHash(`cursor ${JSON.stringify(filter)} ${body}`)
  const fault = (code: string) => new InvalidFields({ after: [code] })
  return {
    write({ id, acceptedAt }, { filter, askedMs }) {
      const body = `${acceptedAt.getTime()}_${id}_${askedMs}`
      return `${body}_${signed(body, filter)}`
    },
    read(text, filterAt) {
      const [, body, ms, id, asked, mark] =
        /^((\d{1,15})_([0-9a-f-]{36})_(\d{1,15}))_([0-9a-f]{32})$/.exec(text) ?? []
      if (body === undefined) throw fault('invalid')
      const askedMs = Number(asked)
      const filter = filterAt(askedMs)
      if (signed(body, filter) !== mark) throw fault('stale_cursor')
      return { filter, askedMs, after: { id: id!, acceptedAt: new Date(Number(ms)) } }
    },
  }
}
