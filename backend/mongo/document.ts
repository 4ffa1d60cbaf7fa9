import type { RequestEntry } from '../leads/request-log.ts'
import { type IsPhone, maskedStart, maskPhonesInUse } from '../leads/written-phones.ts'
import type { Device } from './device.ts'

/** A request log entry as it stands in the collection `request_logs`. */
export type RequestDocument = {
  /** The entry's own id, so that writing it twice keeps it once. */
  _id: string
  ts: Date
  method: 'POST'
  path: string
  outcome: string
  duplicate: boolean
  task_state: string
  phone_hash: string | null
  phone_mask: string | null
  ip_hash: string
  ip_mask: string
  ua: string
  suspect?: readonly string[]
  meta: { referrer: string | null; campaign_id: string | null; device: Device }
}

const textLengthMax = 256

/** Lays an entry out for MongoDB: texts capped and well-formed, nothing in them that could be a phone number. */
export function toDocument(
  entry: RequestEntry,
  deviceOf: (userAgent: string) => Device,
  isPhone: IsPhone,
): RequestDocument {
  const { request } = entry
  return {
    _id: entry.id,
    ts: entry.time,
    method: 'POST',
    path: masked(request.path),
    outcome: entry.outcome,
    duplicate: entry.outcome === 'duplicate',
    task_state: entry.taskState,
    phone_hash: entry.phoneHash ?? null,
    phone_mask: entry.phoneMask ?? null,
    ip_hash: request.ipHash,
    ip_mask: request.ipMask,
    ua: masked(request.userAgent),
    ...(entry.suspect && { suspect: entry.suspect }),
    meta: {
      referrer: request.referrer ? masked(request.referrer) : null,
      campaign_id: entry.campaign ? masked(entry.campaign, (text) => maskPhonesInUse(text, isPhone)) : null,
      device: deviceOf(request.userAgent),
    },
  }
}

function masked(text: string, mask?: (text: string) => string): string {
  return maskedStart(text, textLengthMax, mask)
}
