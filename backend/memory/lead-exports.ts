import type { LeadExport, LeadExports } from '../desk/export.ts'

/** Exports of nobody, each fetched once. */
export function memoryExports(): LeadExports {
  const asked: LeadExport[] = []
  const change = (id: string, what: Partial<LeadExport>) => {
    const at = asked.findIndex((each) => each.id === id)
    asked[at] = { ...asked[at]!, ...what }
    return asked[at]
  }
  return {
    async begin(what) {
      asked.unshift({ ...what, askedAt: new Date() })
    },
    async take(id, by) {
      const isTheirs = asked.some((each) => each.id === id && each.by.id === by.id && !each.snapshotAt)
      return isTheirs ? change(id, { snapshotAt: new Date() }) : undefined
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
