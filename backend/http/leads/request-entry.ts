import { addressHashOf, type KeyedHash } from '../../keyed-hash.ts'
import { cleanText } from '../../leads/attribution.ts'
import type { RequestContext } from '../../leads/lead.ts'
import type { LogShare } from '../../leads/log-share.ts'
import type { SubmissionOutcome } from '../../leads/outcome.ts'
import { phoneKeyOf } from '../../leads/phone.ts'
import { campaignToLog, type RequestLog } from '../../leads/request-log.ts'
import { maskPhone } from '../../leads/written-phones.ts'
import { maskAddress } from '../request/client-ip.ts'
import { pathOf } from '../request/target.ts'
import type { Arrival } from './arrival.ts'

export type RequestEntryDeps = Readonly<{
  keyedHash: KeyedHash
  /** Absent when no MongoDB is configured: then nothing of a request travels with its lead. */
  requestLog?: RequestLog
  /** Which of the accepted leads are logged; absent: all. It is told of each that is not. */
  logShare?: Pick<LogShare, 'takes'> & Readonly<{ leftOut(): void }>
  /** Whether what came of a request from this address may be logged, beside the leads that are stored. */
  mayLog(address: string): boolean
  nowMs(): number
}>

const userAgentLengthMax = 256
const referrerLengthMax = 256

/** Logs what came of a request. Accepted leads are logged by the worker, once they are stored. */
export function logRequest(
  deps: RequestEntryDeps,
  arrival: Arrival,
  outcome: Exclude<SubmissionOutcome, 'accepted'>,
): void {
  // The counters hold them all; of a flood the log keeps only what its sender may leave here.
  if (!deps.requestLog || !deps.mayLog(arrival.address)) return
  const { submission } = arrival
  deps.requestLog.write({
    id: crypto.randomUUID(),
    time: new Date(deps.nowMs()),
    outcome,
    taskState: 'none',
    ...(submission && {
      phoneHash: phoneKeyOf(deps.keyedHash, submission.phone),
      phoneMask: maskPhone(submission.phone),
      campaign: campaignToLog(submission),
      ...(submission.details?.suspect && { suspect: submission.details.suspect }),
    }),
    request: contextOf(deps, arrival),
  })
}

/** What travels with a submission, so that the request log knows of it should it be accepted. Undefined: it is left out. */
export function contextToLog(deps: RequestEntryDeps, arrival: Arrival): RequestContext | undefined {
  if (!deps.requestLog || deps.logShare?.takes() === false) return undefined
  return contextOf(deps, arrival)
}

/** What the request log may know of a request. */
function contextOf(deps: RequestEntryDeps, arrival: Arrival): RequestContext {
  const { headers } = arrival.request
  return {
    path: pathOf(arrival.request.url),
    userAgent: cleanText(headers.get('user-agent') ?? '', userAgentLengthMax),
    referrer: withoutQuery(
      arrival.submission?.details?.attribution?.referrer ?? headers.get('referer') ?? '',
    ),
    ipHash: addressHashOf(deps.keyedHash, arrival.address),
    ipMask: maskAddress(arrival.address),
  }
}

/** A query can hold anything, a phone number included. */
function withoutQuery(url: string): string {
  return cleanText(url.split(/[?#]/, 1)[0]!, referrerLengthMax)
}
