import { type LeadExport, type LeadExports, shownFilter } from '../desk/export.ts'

/** Exports of nobody, each fetched once. */
export function memoryExports(): LeadExports {
  const asked: LeadExport[] = []
  const change = (id: string, what: Partial<LeadExport>): LeadExport => {
    const at = asked.findIndex((each) => each.id === id)
    const changed = { ...asked[at]!, ...what }
    asked[at] = changed
    return changed
  }
  return {
    async begin({ isKept, ...what }) {
      asked.unshift({ ...what, askedAt: new Date(), ...(isKept && { kept: { written: 0, failed: 0 } }) })
    },
    async take(id, by) {
      const theirs = asked.find(
        (each) => each.id === id && each.by.id === by.id && !each.snapshotAt && !each.kept,
      )
      if (!theirs) return undefined
      const { snapshotAt } = change(id, { snapshotAt: new Date(), filter: shownFilter(theirs.filter) })
      return { ...theirs, snapshotAt }
    },
    async rows() {
      return { snapshotAt: new Date(), chunks: (async function* () {})(), async close() {} }
    },
    async finish(id, done) {
      change(id, { ...done, finishedAt: new Date() })
    },
    list: async (limit) => asked.slice(0, limit),
  }
}
