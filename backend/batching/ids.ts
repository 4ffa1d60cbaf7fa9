/**
 * Ids are UUIDv7 (RFC 9562): 48 bits of milliseconds, 12 bits that here hold the place in the batch, 62 random
 * bits of the batch. So the id of a lead or event tells when it was accepted and which batch, hence which job, carries it.
 * Those of leads are given out, and hide the batch and the place before (`leads/id-seal.ts`).
 */
export const perBatchMax = 4096
/** Of a batch whose ids are given out under a seal, which needs one of the bits. */
export const perSealedBatchMax = 2048

const uuid7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** Whether a text is written like an id of ours. */
export function isId(text: string): boolean {
  return uuid7.test(text)
}

/** The id of a new batch, which is also the id of the first in it and of its job. */
export function batchId(nowMs: number, random: Uint8Array): string {
  const time = nowMs.toString(16).padStart(12, '0')
  const bits = Buffer.from(random).toString('hex')
  const variant = '89ab'[random[0]! & 0b11]
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-${variant}${bits.slice(2, 5)}-${bits.slice(5, 17)}`
}

// Made once: the places of a batch are written tens of thousands of times a second.
const places = Array.from({ length: perBatchMax }, (_, index) => index.toString(16).padStart(3, '0'))

/** The id of the one at this place of a batch, from 0. */
export function idAt(batch: string, index: number): string {
  return batch.slice(0, 15) + places[index] + batch.slice(18)
}

/** The id of the batch that something came in. */
export function batchIdOf(id: string): string {
  return `${id.slice(0, 15)}000${id.slice(18)}`
}

/** Its place in the batch, from 0. */
export function indexInBatch(id: string): number {
  return Number.parseInt(id.slice(15, 18), 16)
}

/** When it was accepted, in milliseconds since 1970. */
export function acceptedAtMs(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}
