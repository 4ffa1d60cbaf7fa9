import { ask } from './api.ts'
import type { LeadView } from './leads.ts'

/** A view that was given a name: their own, or one that is shared with all. */
export type SavedView = Readonly<{
  id: string
  name: string
  view: LeadView
  shared: boolean
  own: boolean
}>
type Views = Readonly<{ data: readonly SavedView[] }>

/** What was typed of a phone is not kept under a name. */
export const keptOf = ({ q: _typed, ...view }: LeadView): LeadView => view
export const isSame = (one: LeadView, other: LeadView) =>
  JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort())

export const listViews = () => ask<Views>('GET', '/views')
export const saveView = (name: string, view: LeadView) =>
  ask<Views & { id: string }>('POST', '/views', { name, view })
export const changeView = (id: string, change: Readonly<{ name?: string; view?: LeadView }>) =>
  ask<Views>('PUT', `/views/${id}`, change)
export const shareView = (id: string, shared: boolean) => ask<Views>('PUT', `/views/${id}/shared`, { shared })
export const removeView = (id: string) => ask<Views>('DELETE', `/views/${id}`)
