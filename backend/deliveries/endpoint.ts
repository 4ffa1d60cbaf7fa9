import { InvalidFields } from '../problem.ts'
import type { Seal } from '../seal.ts'
import { isSecret } from './signature.ts'
import type { EndpointSettings, Target } from './target.ts'
import { isTargetName, type TargetName, targetOf, targetOptions, targets } from './targets.ts'
import { readWanted, type Wanted } from './wanted.ts'

/**
 * Where leads are sent. `on`; `paused` by an operator; `parked` because it cannot be sent to, until an operator says
 * otherwise. Of an endpoint that is not on everything is kept, and waits.
 */
export const endpointStates = ['on', 'paused', 'parked'] as const
export type EndpointState = (typeof endpointStates)[number]

/** An endpoint as it is kept: what it takes to reach it is sealed. `host` is what operators are shown of its address. */
export type Endpoint = Readonly<{
  id: string
  name: string
  target: TargetName
  host: string
  sealed: Uint8Array
  wanted: Wanted
  /** Deliveries on their way at once, of each worker. */
  concurrency: number
  /** Deliveries a second, of each worker; absent: as many as it takes. */
  perSecond?: number
  state: EndpointState
  because?: string
  /** When an operator or a receiver last changed `state`. */
  since: Date
}>

export const concurrencyMax = 64
export const perSecondMax = 10_000
const defaultConcurrency = 4
const namePattern = /^[a-z0-9][a-z0-9_-]{0,31}$/
const headerPattern = /^[A-Za-z0-9-]{1,64}$/
const urlLengthMax = 2_048
// Ours, or what the request itself is made of.
const ownHeaders =
  /^(?:webhook-.*|landfast-.*|content-(?:type|length|encoding)|host|connection|transfer-encoding|expect|upgrade|te|trailer|proxy-.*)$/i

/** What an operator says of a new endpoint. */
export type NewEndpoint = Omit<Endpoint, 'sealed' | 'state' | 'since'> &
  Readonly<{ settings: EndpointSettings }>

/**
 * Reads a new endpoint. Whether its address is one that may be reached is for whoever dials it.
 * @throws InvalidFields
 */
export function readEndpoint(
  given: Readonly<Record<string, unknown>>,
  made: Readonly<{ id: string; secret: string }>,
): NewEndpoint {
  const { name, headers = {}, thin = false, secret = made.secret } = given
  if (typeof name !== 'string' || !namePattern.test(name)) throw new InvalidFields({ name: ['not_a_name'] })
  const { target, address } = readAddress(given)
  if (typeof secret !== 'string' || !isSecret(secret)) throw new InvalidFields({ secret: ['not_a_secret'] })
  if (
    (targets[target] as Target).takesHeaders === false &&
    given.headers !== undefined &&
    Object.keys(Object(headers)).length > 0
  )
    throw new InvalidFields({ headers: ['not_of_this_target'] })
  if (typeof thin !== 'boolean') throw new InvalidFields({ thin: ['not_a_boolean'] })
  const perSecond = integer('per_second', given.per_second, perSecondMax)
  return {
    id: made.id,
    name,
    target,
    host: address.host,
    wanted: readWanted(given),
    concurrency: integer('concurrency', given.concurrency, concurrencyMax) ?? defaultConcurrency,
    ...(perSecond !== undefined && { perSecond }),
    settings: {
      url: address.href,
      secrets: targets[target].hasSecret ? [{ secret }] : [],
      headers: readHeaders(headers),
      thin,
      own: readOwn(targets[target], given),
    },
  }
}

/** The kind is as it is said, else as the address shows. */
function readAddress(given: Readonly<Record<string, unknown>>): { target: TargetName; address: URL } {
  const said = given.target
  if (said !== undefined && (typeof said !== 'string' || !isTargetName(said)))
    throw new InvalidFields({ target: ['unknown'] })
  const url = given.url ?? (said && (targets[said] as Target).address?.usual)
  const address = typeof url === 'string' && url.length <= urlLengthMax ? URL.parse(url) : null
  if (!address) throw new InvalidFields({ url: ['not_an_address'] })
  address.hash = ''
  const target = said ?? targetOf(address) ?? 'webhook'
  if ((targets[target] as Target).address?.isFit(address) === false)
    throw new InvalidFields({ url: [`not_of_${target}`] })
  return { target, address }
}

function readOwn(target: Target, given: Readonly<Record<string, unknown>>): Record<string, string> {
  const own: Record<string, string> = {}
  for (const { name } of targetOptions) {
    const option = target.options?.find((each) => each.name === name)
    const value = given[name]
    if (value === undefined && option?.isRequired) throw new InvalidFields({ [name]: ['required'] })
    if (value === undefined) continue
    if (!option) throw new InvalidFields({ [name]: ['not_of_this_target'] })
    const text = typeof value === 'number' ? String(value) : value
    if (typeof text !== 'string' || !option.isFit(text)) throw new InvalidFields({ [name]: ['not_fit'] })
    own[name] = text
  }
  return own
}

export const sealSettings = (seal: Seal, id: string, settings: EndpointSettings) =>
  seal.close(JSON.stringify(settings), id)

/** @throws Error when they were sealed under another SECRET_KEY. */
export const openSettings = (
  seal: Seal,
  { id, sealed }: Pick<Endpoint, 'id' | 'sealed'>,
): EndpointSettings => ({ own: {}, ...JSON.parse(seal.open(sealed, id)) })

function integer(name: string, value: unknown, most: number): number | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return value
  throw new InvalidFields({ [name]: ['out_of_range'] })
}

function readHeaders(given: unknown): Record<string, string> {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new InvalidFields({ headers: ['not_a_record'] })
  const entries = Object.entries(given as Record<string, unknown>)
  const isFit = ([name, value]: [string, unknown]) =>
    headerPattern.test(name) &&
    !ownHeaders.test(name) &&
    typeof value === 'string' &&
    /^[ -~]{0,1024}$/.test(value)
  if (entries.length > 20 || !entries.every(isFit)) throw new InvalidFields({ headers: ['not_allowed'] })
  return Object.fromEntries(entries) as Record<string, string>
}
