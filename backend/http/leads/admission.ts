import type { RequestSigns } from '../../leads/details.ts'
import { readSubmission, type Submission } from '../../leads/submission.ts'
import type { RateLimit } from '../../limits/rate-limit.ts'
import { Problem } from '../../problem.ts'
import type { Device } from '../../words/device.ts'
import { clientKey } from '../request/client-ip.ts'
import { type CorsRules, comesFromRefused } from '../request/cors.ts'
import { readForm } from '../request/form-body.ts'
import { parseJson } from '../request/json-body.ts'
import type { Arrival } from './arrival.ts'
import { pathOnHost } from './page-address.ts'
import { sentBy, withCampaign } from './posted-form.ts'

export type AdmissionDeps = Readonly<{
  cors: CorsRules
  rateLimit: Pick<RateLimit, 'take'>
  defaultRegion?: string
  deviceOf(userAgent: string | null): Device | undefined
  /** Where the page stands: no other path is one that somebody came to. */
  pagePaths(): ReadonlySet<string>
}>

/**
 * Programs write what is not ASCII in six bytes a character: the campaign of a page in Persian is some ten thousand, first
 * visit and last.
 */
export const bodyBytesMax = 16 * 1024

/**
 * Who may submit, how often, how much; before anything of the body is read.
 * @throws Problem
 */
export function admit(deps: AdmissionDeps, arrival: Arrival): void {
  const { headers } = arrival.request
  if (comesFromRefused(deps.cors, headers, arrival.origin))
    throw new Problem('origin_not_allowed', 'This page may not submit here. Add its origin to CORS_ORIGINS.')
  const retryAfterS = deps.rateLimit.take(clientKey(arrival.address))
  if (retryAfterS > 0)
    throw new Problem('rate_limited', 'Too many submissions from this address. Try again in a moment.', {
      retryAfterS,
    })
  if (!arrival.bodyKind)
    throw new Problem('unsupported_media_type', 'Send application/json or application/x-www-form-urlencoded.')
  if (Number(headers.get('content-length')) > bodyBytesMax) throw tooLarge()
}

/**
 * The submission in a body.
 * @throws Problem `body_too_large` or `invalid_json`, InvalidFields.
 */
export function readBody(deps: AdmissionDeps, arrival: Arrival, text: string): Submission {
  const { headers } = arrival.request
  // Only one that did not tell its length can still be too large.
  if (headers.get('content-length') === null && Buffer.byteLength(text) > bodyBytesMax) throw tooLarge()
  if (arrival.bodyKind === 'form') arrival.form = readForm(text)
  const fields = arrival.form ? withCampaign(arrival.form, arrival) : parseJson(text || '{}')
  return readSubmission(fields, {
    idempotencyKey: headers.get('idempotency-key'),
    defaultRegion: deps.defaultRegion,
    // With the script the page itself had written it so.
    plusFor00: arrival.wantsPage,
    plusForSpace: arrival.bodyKind === 'form',
    signs: signsOf(deps, arrival),
  })
}

function signsOf(deps: AdmissionDeps, arrival: Arrival): RequestSigns {
  const { headers } = arrival.request
  const page = arrival.form ? sentBy(arrival).referer : headers.get('referer')
  const path = pathOnHost(page, headers.get('host'))
  const landing = path !== undefined && deps.pagePaths().has(path) ? path : undefined
  return { device: deps.deviceOf(headers.get('user-agent')), landing }
}

export const tooLarge = () => new Problem('body_too_large', `A submission may have ${bodyBytesMax} bytes.`)
