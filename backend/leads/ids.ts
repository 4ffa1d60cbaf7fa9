/**
 * Ids are UUIDv7 (RFC 9562): 48 bits of milliseconds, 12 bits that here hold the place in the batch, 62 random
 * bits of the batch. So the id of a lead tells when it was accepted and which batch, hence which job, carries it.
 */
export const leadsPerBatchMax = 4096

const uuid7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

export function isLeadId(text: string): boolean {
  return uuid7.test(text)
}

/** The id of a new batch, which is also the id of its first lead and of its job. */
export function batchId(nowMs: number, random: Uint8Array): string {
  const time = nowMs.toString(16).padStart(12, '0')
  const bits = Buffer.from(random).toString('hex')
  const variant = '89ab'[random[0]! & 0b11]
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-${variant}${bits.slice(2, 5)}-${bits.slice(5, 17)}`
}

export function leadIdAt(batch: string, index: number): string {
  return `${batch.slice(0, 15)}${index.toString(16).padStart(3, '0')}${batch.slice(18)}`
}

export function batchIdOf(leadId: string): string {
  return `${leadId.slice(0, 15)}000${leadId.slice(18)}`
}

export function indexInBatch(leadId: string): number {
  return Number.parseInt(leadId.slice(15, 18), 16)
}

/** When the lead was accepted, in milliseconds since 1970. */
export function acceptedAtMs(leadId: string): number {
  return Number.parseInt(leadId.slice(0, 8) + leadId.slice(9, 13), 16)
}
