import type { EraseRequest, EraseRequests } from '../desk/erase-request.ts'
import type { ErasureTable } from '../desk/erasure.ts'
import type { Actor, AuditEntry } from '../operators/audit.ts'

/** Requests to be forgotten that keep state like the real ones. */
export function memoryEraseRequests(
  note: (entry: AuditEntry) => Promise<void>,
  erasures: Pick<ErasureTable, 'begin'>,
): EraseRequests {
  const kept: EraseRequest[] = []
  const decide = async (id: string, how: Readonly<{ erasureId: string } | { reason: string }>, by: Actor) => {
    const at = kept.findIndex((each) => each.id === id && !each.decision)
    if (at < 0) return false
    const { phoneKey: _key, lastDigits: _digits, ...rest } = kept[at]!
    const as = 'reason' in how ? 'refused' : 'erased'
    kept[at] = {
      ...{ ...rest, decidedAt: new Date(), decidedBy: by.name, decision: as },
      ...('reason' in how && { reason: how.reason }),
    }
    await note({ by, action: 'erase_request.decided', subject: id, after: { as, ...how } })
    return true
  }
  return {
    async ask(asked) {
      if (kept.some(({ phoneKey, decision }) => phoneKey === asked.phoneKey && !decision)) return
      kept.push({ ...asked, id: crypto.randomUUID(), askedAt: new Date() })
    },
    find: async (id) => kept.find((each) => each.id === id),
    list: async (limit) =>
      [
        ...kept.filter(({ decision }) => !decision),
        ...kept.filter(({ decision }) => decision).reverse(),
      ].slice(0, limit),
    async confirm(id, by) {
      const phoneKey = kept.find((each) => each.id === id && !each.decision)?.phoneKey
      if (phoneKey === undefined) return undefined
      const { id: erasureId } = await erasures.begin(phoneKey, by)
      await decide(id, { erasureId }, by)
      return erasureId
    },
    refuse: (id, reason, by) => decide(id, { reason }, by),
  }
}
