import type { RequestEntry, RequestLog } from '../leads/request-log.ts'

/** The request log in memory. While it is `away(true)` entries wait, up to the bound, as they do for a lost MongoDB. */
export function createMemoryRequestLog(options: {
  maxWaiting: number
  onWritten?: (count: number) => void
  onDropped?: (count: number) => void
}) {
  const kept = new Map<string, RequestEntry>()
  const queue: RequestEntry[] = []
  let isAway = false

  const keepAll = () => {
    if (isAway || queue.length === 0) return
    for (const entry of queue) kept.set(entry.id, entry)
    options.onWritten?.(queue.length)
    queue.length = 0
  }

  return {
    write(entry: RequestEntry) {
      queue.push(entry)
      if (queue.length > options.maxWaiting) {
        queue.shift()
        options.onDropped?.(1)
      }
      keepAll()
    },
    waiting: () => queue.length,
    async flush(_deadlineMs: number) {},
    entries: (): readonly RequestEntry[] => [...kept.values()],
    away(yes: boolean) {
      isAway = yes
      keepAll()
    },
  } satisfies RequestLog & Record<string, unknown>
}
