import { ask } from './api.ts'
import type { LeadState, LeadView } from './leads.ts'

export type BulkChange = Readonly<{ state: LeadState }> | Readonly<{ owner: string | null }>
/** All that the view shows, or those that were chosen by hand. */
export type BulkSelection = Readonly<{ view: LeadView }> | Readonly<{ leads: readonly string[] }>
export type Bulk = Readonly<{
  id: string
  by: string
  change: Readonly<{ state?: LeadState; owner?: string | null }>
  status: 'running' | 'done' | 'undoing' | 'undone'
  total: number
  changed: number
  same: number
  left: number
  undone: number
  kept: number
  asked_at: string
}>
type One = Readonly<{ bulk: Bulk }>

export const listBulks = () => ask<Readonly<{ data: readonly Bulk[] }>>('GET', '/bulk')
export const ownersQuery = {
  queryKey: ['bulk', 'owners'],
  queryFn: () =>
    ask<Readonly<{ data: readonly Readonly<{ id: string; name: string }>[] }>>('GET', '/bulk/owners'),
}
export const beginBulk = (selection: BulkSelection, change: BulkChange) =>
  ask<One>('POST', '/bulk', { ...selection, change })
export const undoBulk = (id: string) => ask<One>('POST', `/bulk/${id}/undo`)

export const isOpen = ({ status }: Bulk) => status === 'running' || status === 'undoing'
/** How far it has come, of 1. */
export const comeOf = ({ status, total, changed, same, left, undone, kept }: Bulk) =>
  status === 'undoing' ? (undone + kept) / Math.max(1, changed) : (changed + same + left) / total
