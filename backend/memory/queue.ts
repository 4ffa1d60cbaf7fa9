import type { QueueState, Replay, Replays } from '../desk/queue.ts'

/** Wishes that nobody carries out until it is said what came of them, and a queue in which nothing waits. */
export function memoryQueue() {
  const asked: Replay[] = []
  const replays: Replays = {
    async ask(by, leadId) {
      const open = asked.find((each) => each.leadId === leadId && !each.finishedAt)
      if (open) return open
      const replay = {
        id: crypto.randomUUID(),
        askedAt: new Date(),
        by,
        ...(leadId !== undefined && { leadId }),
      }
      asked.unshift(replay)
      return replay
    },
    list: async (limit) => asked.slice(0, limit),
    open: async () => asked.filter(({ finishedAt }) => !finishedAt).toReversed(),
    async finish(id, replayed) {
      const at = asked.findIndex((each) => each.id === id && !each.finishedAt)
      if (at >= 0) asked[at] = { ...asked[at]!, replayed, finishedAt: new Date() }
    },
  }
  const state: QueueState = {
    redis: { batches: 0, leads: 0, oldestWaitingS: 0, failed: 0 },
    ...{ failed: [], quarantined: { count: 0, latest: [] }, workers: [] },
  }
  return { replays, queue: { read: async () => state } }
}
