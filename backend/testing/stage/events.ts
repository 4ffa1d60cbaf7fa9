import { randomBytes } from 'node:crypto'
import { batchId } from '../../batching/ids.ts'
import type { EventBatch } from '../../events/ports.ts'
import type { Device } from '../../words/device.ts'

export type SomeEvent = Readonly<{
  visitor: string
  word?: string
  type: string
  value?: number
  bot?: boolean
  details?: unknown
  device?: Device | undefined
  /** Of a visit that tells its address: whether it is one of the page. */
  isOfPage?: boolean | undefined
}>

let visitors = 0
// No digits: with those of the number behind it they could be a phone's, and events keep no phone as a name.
const run = randomBytes(8)
  .toString('base64')
  .replace(/[^A-Za-z]/g, '')

/** A visitor that no other test has. */
export function newVisitor(): string {
  visitors++
  return `${run}-${visitors}`
}

/** A batch as the API composes it. */
export function makeEventBatch(events: readonly SomeEvent[], nowMs = Date.now()): EventBatch {
  const records = events.map(({ visitor, word = '', type, value, bot, details, device, isOfPage }) =>
    [
      ...[visitor, word, type, value ?? '', bot ? '1' : '', details ? JSON.stringify(details) : ''],
      ...(device || isOfPage !== undefined ? [device ?? ''] : []),
      ...(isOfPage === undefined ? [] : [isOfPage ? '1' : '']),
    ].join('\t'),
  )
  return { id: batchId(nowMs, randomBytes(9)), records: records.join('\n') }
}
