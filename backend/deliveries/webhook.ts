import { createHash } from 'node:crypto'
import type { Message } from './message.ts'
import { retryAfterMs } from './retry.ts'
import { messageVersion } from './schemas.ts'
import { signatureOf } from './signature.ts'
import type { Answer, EndpointSettings, Outcome, Target } from './target.ts'

const batchMax = 100
const batchBytesMax = 500_000

/**
 * A webhook as Standard Webhooks 1.0 describes it: `webhook-id`, `webhook-timestamp`, `webhook-signature`. Who asks for batches
 * gets what waits in one body, up to so many, each with the id that it has alone.
 */
export const webhook: Target = {
  hasSecret: true,
  options: [
    {
      name: 'batch',
      about: `what waits in one request, up to so many (at most ${batchMax})`,
      isRequired: false,
      isFit: (text) => /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= batchMax,
      must: `from 1 to ${batchMax}`,
    },
  ],
  requestMax: ({ own }) => Number(own.batch ?? 1),
  fits(messages, settings) {
    let [count, bytes] = [0, 0]
    for (const message of messages) {
      bytes += Buffer.byteLength(JSON.stringify(partOf(message, settings)))
      if (count > 0 && bytes > batchBytesMax) break
      count++
    }
    return count
  },
  request(messages, settings, nowMs) {
    const { id, ...told } = settings.own.batch ? batchOf(messages, settings) : partOf(messages[0]!, settings)
    const body = JSON.stringify(told)
    return {
      url: settings.url,
      headers: {
        ...settings.headers,
        'content-type': 'application/json',
        'landfast-version': messageVersion,
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(nowMs / 1000)),
        'webhook-signature': signatureOf({ id, body }, settings.secrets, nowMs),
      },
      body,
    }
  },
  judge: judgeByStatus,
}

const partOf = ({ id, type, timestamp, data, thin }: Message, settings: EndpointSettings) => ({
  ...{ id, type, timestamp },
  data: settings.thin ? thin : data,
})

/** Its id is made of those in it: the same messages are the same batch, and it says nothing of any other. */
function batchOf(messages: readonly Message[], settings: EndpointSettings) {
  const data = messages.map((message) => partOf(message, settings))
  const ids = createHash('sha256')
    .update(data.map(({ id }) => id).join())
    .digest('hex')
  const timestamp = data
    .map((part) => part.timestamp)
    .toSorted()
    .at(-1)!
  return { id: `batch_${ids.slice(0, 32)}`, type: 'batch' as const, timestamp, data }
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
