import type { Actor } from '../operators/audit.ts'

/** What a view keeps under a name: what stands in its address, as it stands there. */
export type ViewParts = Readonly<Record<string, string>>

/** A view of the leads that somebody has given a name. */
export type SavedView = Readonly<{
  id: string
  name: string
  parts: ViewParts
  isShared: boolean
  /** Who keeps it. */
  owner: string
}>

export type ViewChange = Readonly<{ name?: string; parts?: ViewParts; isShared?: boolean }>
export type ViewOutcome = 'done' | 'unknown' | 'taken' | 'too_many'

/** Views under names, each of one operator or shared with all. What is changed is written down with it. */
export interface SavedViews {
  /** Their own and those that are shared, by name. */
  list(operatorId: string): Promise<readonly SavedView[]>
  save(view: Readonly<{ id: string; name: string; parts: ViewParts }>, by: Actor): Promise<ViewOutcome>
  /** `mayShared`: also where it is shared and somebody else's. */
  change(id: string, change: ViewChange, by: Actor, mayShared: boolean): Promise<ViewOutcome>
  remove(id: string, by: Actor, mayShared: boolean): Promise<ViewOutcome>
}

export const viewNameLengthMax = 60
/** Of one operator: more than anybody finds again in a list. */
export const viewsMax = 50

/** What can be kept under a name. What was typed of a phone cannot: it would outlast the person. */
export const keptParts: readonly string[] = [
  ...['state', 'variant', 'source', 'campaign', 'language', 'suspect', 'owner', 'since', 'until'],
]
