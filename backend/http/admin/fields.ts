import { InvalidFields } from '../../problem.ts'
import type { Asked } from '../problems.ts'
import { readJsonBody } from '../request/json-body.ts'
import type { SlowBodies } from '../request/slow-bodies.ts'
import { queryOf } from '../request/target.ts'
import { adminBodyBytesMax } from './change.ts'

export type Fields = Readonly<Record<string, unknown>>

/** The fields of a body. @throws InvalidFields where it is no object, has others than these, or what nobody can keep. */
export async function fieldsOf(
  { request, server }: Asked,
  names: readonly string[],
  bodies?: SlowBodies,
): Promise<Fields> {
  return onlyKept(onlyThese(await readJsonBody(request, server, adminBodyBytesMax, bodies), names))
}

/** The fields of a query, the last of each name. @throws InvalidFields naming those that hold what nobody can keep. */
export function queryFieldsOf({ url }: Pick<Request, 'url'>): Readonly<Record<string, string>> {
  return onlyKept(Object.fromEntries(queryOf(url)))
}

/** Postgres keeps and compares no text with a NUL in it. */
function onlyKept<Sent extends Fields>(fields: Sent): Sent {
  const wrong = Object.keys(fields).filter((name) => holdsNul(fields[name]))
  if (wrong.length > 0) throw new InvalidFields(Object.fromEntries(wrong.map((name) => [name, ['invalid']])))
  return fields
}

function holdsNul(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\0')
  return typeof value === 'object' && value !== null && Object.entries(value).flat().some(holdsNul)
}

function onlyThese(body: unknown, names: readonly string[]): Fields {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new InvalidFields({ body: ['not_an_object'] })
  const unknown = Object.keys(body).filter((name) => !names.includes(name))
  if (unknown.length > 0)
    throw new InvalidFields(Object.fromEntries(unknown.map((name) => [name, ['unknown']])))
  return body as Fields
}

const textLengthMax = 1_024

/** Fields that must be there and be texts. @throws InvalidFields with all that are not. */
export function textsOf<Name extends string>(
  fields: Fields,
  names: readonly Name[],
  lengthMax = textLengthMax,
): Readonly<Record<Name, string>> {
  const wrong = names.filter((name) => {
    const value = fields[name]
    return typeof value !== 'string' || value === '' || value.length > lengthMax
  })
  if (wrong.length > 0)
    throw new InvalidFields(
      Object.fromEntries(wrong.map((name) => [name, [fields[name] === undefined ? 'required' : 'invalid']])),
    )
  return fields as Readonly<Record<Name, string>>
}

/** The code of a second factor, where one was given. @throws InvalidFields */
export function codeOf(fields: Fields): Readonly<{ code?: string }> {
  return fields.code === undefined || fields.code === '' ? {} : textsOf(fields, ['code'])
}

/** A moment such as 2026-11-30T08:00Z, or a day. @throws InvalidFields */
export function timeOf(fields: Fields, name: string): Date | undefined {
  const given = fields[name]
  if (given === undefined) return undefined
  const time = new Date(typeof given === 'string' && /^\d{4}-\d\d-\d\d/.test(given) ? given : Number.NaN)
  if (Number.isNaN(time.getTime())) throw new InvalidFields({ [name]: ['not_a_time'] })
  return time
}

/** Whether a part of an address can be the id of something. */
export const isUuid = (text: string) => /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/.test(text)
