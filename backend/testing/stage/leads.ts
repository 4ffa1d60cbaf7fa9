import { randomBytes } from 'node:crypto'
import { batchId, idAt } from '../../batching/ids.ts'
import type { Batch, Lead } from '../../leads/lead.ts'

let phones = Math.floor(Math.random() * 1e9)

/** A phone that no other test uses. */
export function newPhone(): string {
  phones++
  return `+98${String(phones % 1e10).padStart(10, '0')}`
}

/** Leads of one batch, each with a phone of its own unless `same` says otherwise. */
export function makeLeads(count: number, same: Partial<Lead> = {}, nowMs = Date.now()): Lead[] {
  const batch = batchId(nowMs, randomBytes(9))
  return Array.from({ length: count }, (_, index) => ({
    id: idAt(batch, index),
    phone: newPhone(),
    phoneKey: randomBytes(16).toString('hex'),
    idempotencyKey: '',
    ...same,
  }))
}

/** A batch of these leads, by the id of the first. */
export function makeBatch(leads: readonly Lead[]): Batch {
  return { id: leads[0]!.id, leads }
}
