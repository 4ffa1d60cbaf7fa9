import { beforeDeadline } from './deadline.ts'

/** What became of one attempt to send a phone number. */
export type LeadOutcome =
  /** 202: kept, for good. */
  | Readonly<{ kind: 'accepted'; id: string }>
  /** 200: this phone is already kept. */
  | Readonly<{ kind: 'duplicate' }>
  /** 400: the API's words about the phone. */
  | Readonly<{ kind: 'refused'; problem: Refusal }>
  /** 429, 5xx, a stranger's answer or none at all: the same submission may be sent again. */
  | Readonly<{ kind: 'again'; reason: Setback; waitMs?: number }>
  /** 403: the same submission is taken with a proof of work. */
  | Readonly<{ kind: 'proof_required' }>
  /** Refused in the API's words: sending the same thing again would not help. */
  | Readonly<{ kind: 'rejected' }>

export type Refusal = 'required' | 'invalid_phone' | 'use_plus_prefix'
/** `outdated`: the API speaks of what this page does not know. A newer page may. */
export type Setback = 'offline' | 'unreachable' | 'rate_limited' | 'unavailable' | 'outdated'

export type Submission = Readonly<{
  phone: string
  /** One per form fill, the same on every retry: the API then answers the same way each time. */
  key: string
  /** Whatever else travels with the phone, in the names the API takes. */
  fields: Readonly<Record<string, unknown>>
}>

export type SubmitDeps = Readonly<{
  fetch: (url: string, init: RequestInit) => Promise<Response>
  /** Origin of the API without a trailing slash; empty: the page's own. */
  baseUrl: string
  isOnline: () => boolean
  timeoutMs?: number
}>

/** With these the API means the submission itself, and with those its own address. */
const finalStatuses = [400, 403, 413, 415]
const goneStatuses = [405, 410]

/** The longest a visitor waits before the page says that it will try again. The API's own deadline is about 2 s. */
const timeoutMsDefault = 10_000

/** Sends a phone number once. Never throws, and never says `accepted` or `duplicate` unless the API did. */
export async function submitLead(
  deps: SubmitDeps,
  submission: Submission,
  proof?: string,
): Promise<LeadOutcome> {
  try {
    return await beforeDeadline(deps.timeoutMs ?? timeoutMsDefault, async (signal) => {
      const response = await deps.fetch(`${deps.baseUrl}/api/leads`, {
        method: 'POST',
        headers: {
          Accept: 'application/json',
          'Content-Type': 'application/json',
          'Idempotency-Key': submission.key,
        },
        body: JSON.stringify({ ...submission.fields, phone: submission.phone, proof }),
        // The request outlives the page, should the visitor leave right after the tap.
        keepalive: true,
        signal,
      })
      return readOutcome(response)
    })
  } catch {
    return { kind: 'again', reason: deps.isOnline() ? 'unreachable' : 'offline' }
  }
}

async function readOutcome(response: Response): Promise<LeadOutcome> {
  const { status } = response
  const body = await readObject(response)
  if (status === 202 && body.ok === true && typeof body.id === 'string')
    return { kind: 'accepted', id: body.id }
  if (status === 200 && body.ok === true && body.duplicate === true) return { kind: 'duplicate' }
  // A success that is not in the API's words is somebody else's, such as the sign-in page of a hotel network.
  if (response.ok) return { kind: 'again', reason: 'unreachable' }
  const problem = Array.isArray(body.phone) ? body.phone[0] : undefined
  if (problem === 'required' || problem === 'invalid_phone' || problem === 'use_plus_prefix')
    return { kind: 'refused', problem }
  if (status === 403 && codeOf(body) === 'proof_required') return { kind: 'proof_required' }
  if (status === 429) return { kind: 'again', reason: 'rate_limited', waitMs: readRetryAfter(response) }
  if (status >= 500) return { kind: 'again', reason: 'unavailable', waitMs: readRetryAfter(response) }
  if (isOwnRefusal(body)) {
    const isUnknown = typeof problem === 'string' || goneStatuses.includes(status)
    if (isUnknown) return { kind: 'again', reason: 'outdated' }
    if (finalStatuses.includes(status)) return { kind: 'rejected' }
  }
  // A refusal that is not is a proxy's, or of an API that is being replaced.
  return { kind: 'again', reason: 'unreachable', waitMs: readRetryAfter(response) }
}

/** Whether the API wrote it: a code, or what is wrong with each field. */
function isOwnRefusal(body: Record<string, unknown>): boolean {
  return typeof codeOf(body) === 'string' || Object.values(body).some(Array.isArray)
}

async function readObject(response: Response): Promise<Record<string, unknown>> {
  const text = await response.text()
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function codeOf(body: Record<string, unknown>): unknown {
  return typeof body.error === 'object' && body.error !== null && 'code' in body.error && body.error.code
}

function serverNowMs(headers: Headers): number {
  const nowMs = Date.parse(headers.get('Date') ?? '')
  return Number.isNaN(nowMs) ? Date.now() : nowMs
}

/** `Retry-After` comes as seconds or as a date, which is one of the server's clock. */
function readRetryAfter({ headers }: Response): number | undefined {
  const value = headers.get('Retry-After')?.trim()
  if (!value) return undefined
  const waitMs = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - serverNowMs(headers)
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs)
}
