import { retryAfterMs } from './retry.ts'
import { messageVersion } from './schemas.ts'
import { signatureOf } from './signature.ts'
import type { Answer, Outcome, Target } from './target.ts'

/** A webhook as Standard Webhooks 1.0 describes it: `webhook-id`, `webhook-timestamp`, `webhook-signature`. */
export const webhook: Target = {
  hasSecret: true,
  request([message], { url, headers, secrets, thin }, nowMs) {
    const { id, type, timestamp } = message!
    const body = JSON.stringify({ type, timestamp, data: thin ? message!.thin : message!.data })
    return {
      url,
      headers: {
        ...headers,
        'content-type': 'application/json',
        'landfast-version': messageVersion,
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(nowMs / 1000)),
        'webhook-signature': signatureOf({ id, body }, secrets, nowMs),
      },
      body,
    }
  },
  judge: judgeByStatus,
}

/** What the status says: 2xx that it has it, 410 that it wants nothing any more. */
export function judgeByStatus(answer: Answer, nowMs: number): Outcome {
  const { status } = answer
  if (status >= 200 && status < 300) return { kind: 'delivered' }
  if (status === 410) return { kind: 'gone', because: 'it answered 410: it wants nothing any more' }
  const isTheirs = status === 0 || status >= 500 || status === 429 || status === 408
  const waitMs = retryAfterMs(answer.retryAfter, nowMs)
  return {
    kind: 'failed',
    because: because(answer),
    isTheirs,
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
  }
}

function because({ status, because, location }: Answer): string {
  if (status === 0) return because ?? 'no answer'
  if (status < 300 || status >= 400) return `it answered ${status}`
  return `it answered ${status}${location ? ` and sends on to ${location.slice(0, 200)}` : ''}: give the address itself`
}
