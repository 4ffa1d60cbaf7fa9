import { type SavedView, type SavedViews, type ViewOutcome, viewsMax } from '../desk/views.ts'
import type { Actor, AuditEntry } from '../operators/audit.ts'

/** Views under names that keep state like the real ones. */
export function memoryViews(note: (entry: AuditEntry) => Promise<void>): SavedViews {
  const kept = new Map<string, SavedView>()
  const isTaken = (name: string, owner: string, but: string) =>
    [...kept.values()].some((each) => each.id !== but && each.owner === owner && each.name === name)
  const ofTheirs = (id: string, by: Actor, mayShared: boolean) => {
    const found = kept.get(id)
    return found && (found.owner === by.id || (mayShared && found.isShared)) ? found : undefined
  }

  return {
    list: async (operatorId) =>
      [...kept.values()]
        .filter(({ owner, isShared }) => isShared || owner === operatorId)
        .sort((one, other) => (one.name < other.name ? -1 : 1)),
    async save(view, by): Promise<ViewOutcome> {
      if ([...kept.values()].filter(({ owner }) => owner === by.id).length >= viewsMax) return 'too_many'
      if (isTaken(view.name, by.id, view.id)) return 'taken'
      kept.set(view.id, { ...view, isShared: false, owner: by.id })
      await note({ by, action: 'view.saved', subject: view.id, after: { name: view.name, view: view.parts } })
      return 'done'
    },
    async change(id, { name, parts, isShared }, by, mayShared): Promise<ViewOutcome> {
      const before = ofTheirs(id, by, mayShared)
      if (!before) return 'unknown'
      if (name !== undefined && isTaken(name, before.owner, id)) return 'taken'
      const after = {
        ...before,
        ...(name !== undefined && { name }),
        ...(parts && { parts }),
        ...(isShared !== undefined && { isShared }),
      }
      kept.set(id, after)
      await note({ by, action: 'view.changed', subject: id, before: told(before), after: told(after) })
      return 'done'
    },
    async remove(id, by, mayShared): Promise<ViewOutcome> {
      const before = ofTheirs(id, by, mayShared)
      if (!before) return 'unknown'
      kept.delete(id)
      await note({ by, action: 'view.removed', subject: id, before: told(before) })
      return 'done'
    },
  }
}

const told = ({ name, parts, isShared }: SavedView) => ({ name, view: parts, shared: isShared })
