import { type Bulk, type BulkChanges, type BulkSelection, bulkMax } from '../desk/bulk.ts'
import { type LeadDesk, type LeadState, mayGo } from '../desk/work.ts'
import type { AuditEntry } from '../operators/audit.ts'

type Kept = Bulk & Readonly<{ leads: readonly Readonly<{ id: string; state: LeadState }>[] }>

/** Changes of the states of leads in memory, each carried out in one step. */
export function memoryBulks(desk: LeadDesk, note: (entry: AuditEntry) => Promise<void>): BulkChanges {
  const jobs = new Map<string, Kept>()
  const changed = new Map<string, Set<string>>()
  const leadsOf = async (selection: BulkSelection) =>
    'filter' in selection
      ? desk.list(selection.filter, bulkMax + 1)
      : (await Promise.all(selection.ids.map(desk.find))).filter((lead) => lead !== undefined)
  const counted = (job: Kept, what: Partial<Bulk>) => {
    jobs.set(job.id, { ...job, ...what, finishedAt: new Date() })
  }

  return {
    async begin({ id, change, selection, shown }, by) {
      const leads = (await leadsOf(selection)).map((lead) => ({
        id: lead.id,
        state: lead.state as LeadState,
      }))
      if (leads.length === 0) return 'none'
      if (leads.length > bulkMax) return 'too_many'
      const none = { changed: 0, same: 0, left: 0, undone: 0, kept: 0 }
      jobs.set(id, {
        ...{ id, by, change, leads, askedAt: new Date(), status: 'running', total: leads.length },
        ...none,
        ...(shown && { shown }),
      })
      await note({ by, action: 'bulk.begun', subject: id, after: { change, leads: leads.length } })
      return 'begun'
    },
    async step(id) {
      const job = jobs.get(id)
      if (!job || job.finishedAt || !('state' in job.change)) return 'done'
      const { state } = job.change
      const ours = changed.get(id) ?? new Set()
      changed.set(id, ours)
      let [same, left, undone, kept] = [0, 0, 0, 0]
      if (job.status === 'running') {
        for (const lead of job.leads) {
          const now = await desk.find(lead.id)
          if (now?.state === state) same++
          else if (now?.state !== lead.state || !mayGo(lead.state, state)) left++
          else if ((await desk.setState(lead.id, { was: lead.state, state }, job.by)) === 'changed')
            ours.add(lead.id)
        }
        counted(job, { status: 'done', changed: ours.size, same, left })
        await note({
          ...{ by: job.by, action: 'bulk.finished', subject: id },
          after: { changed: ours.size, same, left },
        })
        return 'done'
      }
      for (const lead of job.leads.filter((each) => ours.has(each.id))) {
        const was = { was: state, state: lead.state as 'new' }
        if (lead.state !== 'suspect' && (await desk.setState(lead.id, was, job.by)) === 'changed') undone++
        else kept++
      }
      counted(job, { status: 'undone', undone, kept })
      await note({ by: job.by, action: 'bulk.undone', subject: id, after: { undone, kept } })
      return 'done'
    },
    async undo(id, by) {
      const job = jobs.get(id)
      if (!job || (job.status !== 'running' && job.status !== 'done')) return false
      const { finishedAt: _at, ...rest } = job
      jobs.set(id, { ...rest, status: 'undoing' })
      await note({ by, action: 'bulk.undo_begun', subject: id })
      return true
    },
    find: async (id) => shown(jobs.get(id)),
    list: async (limit) => [...jobs.values()].reverse().slice(0, limit).map(shown) as Bulk[],
    abandoned: async () => [],
  }
}

const shown = (job: Kept | undefined): Bulk | undefined => {
  if (!job) return undefined
  const { leads: _leads, ...bulk } = job
  return bulk
}
