import {
  type LeadDesk,
  type LeadFilter,
  type LeadState,
  type ListedLead,
  mayGo,
  takenForMs,
} from '../desk/work.ts'
import type { Actor, AuditEntry } from '../operators/audit.ts'

type Kept = ListedLead &
  Readonly<{
    phoneKey: string
    takenAtMs?: number
    /** The first call, whether it is the latest change. */
    call?: 'latest' | 'stands'
  }>

/** Leads as operators work on them, that keep state like the real ones. */
export function memoryLeadDesk(note: (entry: AuditEntry) => Promise<void>): LeadDesk & {
  put(lead: Omit<Kept, 'notes'>): void
} {
  const kept = new Map<string, Kept>()
  const notes: Readonly<{ id: string; lead: string; by: string; at: Date; text: string }>[] = []
  const shown = ({ phoneKey: _key, takenAtMs: _at, call: _call, ...lead }: Kept): ListedLead => ({
    ...lead,
    notes: notes.filter((each) => each.lead === lead.id).length,
  })
  const matching = (filter: LeadFilter) =>
    [...kept.values()]
      .filter(
        (lead) =>
          (filter.state === undefined ? lead.state !== 'corrected' : lead.state === filter.state) &&
          (filter.phoneKey === undefined || lead.phoneKey === filter.phoneKey) &&
          (filter.lastDigits === undefined || lead.phone.endsWith(filter.lastDigits)) &&
          (filter.since === undefined || lead.acceptedAt >= filter.since) &&
          (filter.until === undefined || lead.acceptedAt < filter.until) &&
          (filter.suspect === undefined || lead.suspect === filter.suspect) &&
          (filter.owner === undefined || lead.owner?.id === filter.owner) &&
          (['variant', 'source', 'campaign', 'language'] as const).every(
            (name) => filter[name] === undefined || lead[name] === filter[name],
          ),
      )
      .sort((a, b) => b.acceptedAt.getTime() - a.acceptedAt.getTime() || (a.id < b.id ? 1 : -1))
  const isTheirs = ({ takenAtMs = 0 }: Kept) => Date.now() - takenAtMs < takenForMs

  return {
    put: (lead) => void kept.set(lead.id, { ...lead, notes: 0 }),
    list: async (filter, limit, after) =>
      matching(filter)
        .filter(
          ({ id, acceptedAt }) =>
            !after ||
            acceptedAt < after.acceptedAt ||
            (acceptedAt.getTime() === after.acceptedAt.getTime() && id < after.id),
        )
        .slice(0, limit)
        .map(shown),
    count: async (filter) => ({ matching: matching(filter).length, exact: true }),
    find: async (id) => {
      const lead = kept.get(id)
      return lead && shown(lead)
    },
    async reveal(id, entry) {
      const lead = kept.get(id)
      if (!lead) return undefined
      await note({ ...entry, after: { phone_hash: lead.phoneKey } })
      return { phone: lead.phone }
    },
    async setState(id, { was, state, undo }, by) {
      const lead = kept.get(id)
      if (!lead) return 'unknown'
      if (lead.state !== was) return 'meanwhile'
      if (!mayGo(was, state)) return 'not_from_here'
      const { owner: held, call: called, ...rest } = lead
      const isTakenBack = (undo || state === 'new') && called === 'latest'
      const caller = by.kind === 'operator' ? { id: by.id, name: by.name } : undefined
      const owner = isTakenBack ? lead.takenAtMs && held : (held ?? caller)
      const call = called ? 'stands' : state === 'new' ? undefined : 'latest'
      kept.set(id, { ...rest, state, ...(owner && { owner }), ...(!isTakenBack && call && { call }) })
      await note({
        ...{ by, action: 'lead.state_changed', subject: id },
        ...{ before: { state: was }, after: { state } },
      })
      return 'changed'
    },
    notes: async (id) => notes.filter(({ lead }) => lead === id).map(({ lead: _lead, ...each }) => each),
    async timeline(id) {
      const lead = kept.get(id)
      return lead ? [{ at: lead.acceptedAt, kind: 'came' }] : []
    },
    speed: async () => ({ byCaller: [], byCampaign: [], byHour: [] }),
    async addNote(id, text, by) {
      if (!kept.has(id)) return false
      notes.push({ id: crypto.randomUUID(), lead: id, by: by.name, at: new Date(), text })
      await note({ by, action: 'lead.noted', subject: id })
      return true
    },
    async takeNext(by: Actor) {
      const own = [...kept.values()].find(
        (lead) => lead.owner?.id === by.id && lead.state === ('new' satisfies LeadState) && isTheirs(lead),
      )
      if (own) return own.id
      const next = matching({ state: 'new' })
        .map(({ id }) => kept.get(id)!)
        .find((lead) => !lead.owner || !isTheirs(lead))
      if (!next) return undefined
      kept.set(next.id, { ...next, owner: { id: by.id, name: by.name }, takenAtMs: Date.now() })
      await note({ by, action: 'lead.taken', subject: next.id })
      return next.id
    },
    async giveBack(id, by) {
      const lead = kept.get(id)
      if (lead?.owner?.id !== by.id || lead.state !== 'new') return false
      const { owner: _owner, takenAtMs: _at, ...rest } = lead
      kept.set(id, rest)
      await note({ by, action: 'lead.given_back', subject: id })
      return true
    },
  }
}
