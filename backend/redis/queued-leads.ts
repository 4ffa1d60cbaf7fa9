import type { Redis } from 'ioredis'
import { batchIdOf, indexInBatch } from '../batching/ids.ts'
import { withDeadline } from '../deadline.ts'
import type { LeadLookup } from '../leads/ports.ts'
import { jobKey, stateInJob } from './lead-job.ts'

const answerDeadlineMs = 1_000

/** Whether a lead waits in the queue. `keepsDuplicates`: who asks for a duplicate is told that it is queued as well. */
export function createQueuedLookup(redis: Redis, keepsDuplicates: boolean | undefined): LeadLookup {
  return {
    async find(leadId) {
      const reading = redis.hmget(jobKey(batchIdOf(leadId)), 'name', 'verdict', 'finishedOn')
      const [name, verdict, finishedOn] = await withDeadline(reading, answerDeadlineMs, 'reading from Redis')
      return stateInJob(indexInBatch(leadId), {
        data: name != null,
        verdict: verdict ?? null,
        finished: finishedOn != null,
        keepsDuplicates,
      })
    },
  }
}
