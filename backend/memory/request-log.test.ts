import { requestLogContract } from '../testing/contracts/request-log.ts'
import { createMemoryRequestLog } from './request-log.ts'

requestLogContract('memory', async ({ maxWaiting }) => {
  const counts = { written: 0, dropped: 0 }
  const log = createMemoryRequestLog({
    maxWaiting,
    onWritten(count) {
      counts.written += count
    },
    onDropped(count) {
      counts.dropped += count
    },
  })
  return {
    log,
    counts,
    keptIds: async () => log.entries().map((entry) => entry.id),
    goAway: async () => log.away(true),
    comeBack: async () => log.away(false),
    end: async () => {},
  }
})
