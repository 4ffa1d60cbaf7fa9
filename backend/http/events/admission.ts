import { type EventRecords, type EventRules, type EventSender, readEvents } from '../../events/event.ts'
import type { RecordBudget } from '../../limits/record-budget.ts'
import { Problem } from '../../problem.ts'
import type { Device } from '../../words/device.ts'
import { type ClientAddress, clientKey, type Peer } from '../request/client-ip.ts'
import { type CorsRules, comesFromRefused } from '../request/cors.ts'
import { parseJson } from '../request/json-body.ts'
import { readVisit } from '../request/visit-cookies.ts'

export type AdmissionDeps = Readonly<{
  rules: EventRules
  isBot(userAgent: string | null): boolean
  deviceOf(userAgent: string | null): Device | undefined
  cors: CorsRules
  budget: RecordBudget
  clientAddress: ClientAddress
}>

export const bodyBytesMax = 32 * 1024

/**
 * Who may send, and how often; before anything of the body is read.
 * @throws Problem
 */
export function admit(deps: AdmissionDeps, request: Request, origin: string | null, peer: Peer): void {
  const { headers } = request
  if (comesFromRefused(deps.cors, headers, origin))
    throw new Problem('origin_not_allowed', 'This page may not send here. Add its origin to CORS_ORIGINS.')
  const retryAfterS = deps.budget.take(() => clientKey(deps.clientAddress(request, peer)))
  if (retryAfterS > 0)
    throw new Problem('rate_limited', 'Too many events from this address. Try again in a moment.', {
      retryAfterS,
    })
  if (!isTaken(headers.get('content-type') ?? ''))
    throw new Problem('unsupported_media_type', 'Send application/json, or the same as text/plain.')
}

/**
 * The events in a body.
 * @throws Problem `body_too_large` or `invalid_json`, InvalidInput.
 */
export function readBody(deps: AdmissionDeps, { headers }: Request, text: string): EventRecords {
  // No character has more than three bytes of its own, so most texts need not be measured.
  if (text.length * 3 > bodyBytesMax && Buffer.byteLength(text) > bodyBytesMax) throw tooLarge()
  return readEvents(parseJson(text), senderOf(deps, headers), deps.rules)
}

/** Takes the events of a list from the budget of its sender; one was taken when the request was admitted. */
export function countMore(deps: AdmissionDeps, request: Request, peer: Peer, events: number): void {
  if (events > 1) deps.budget.take(() => clientKey(deps.clientAddress(request, peer)), events - 1)
}

export const tooLarge = () => new Problem('body_too_large', `Events may have ${bodyBytesMax} bytes together.`)

function senderOf(deps: AdmissionDeps, headers: Request['headers']): EventSender {
  const { visitorId, word } = readVisit(headers.get('cookie'))
  const userAgent = headers.get('user-agent')
  return { visitorId, word, bot: deps.isBot(userAgent), device: deps.deviceOf(userAgent) }
}

/** Beacons send text/plain, which browsers may send to other origins without asking first. */
function isTaken(contentType: string): boolean {
  if (contentType === 'application/json') return true
  const type = contentType.split(';', 1)[0]!.trim().toLowerCase()
  return type === 'application/json' || type === 'text/plain'
}
