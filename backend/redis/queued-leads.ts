import type { Redis } from 'ioredis'
import { batchIdOf, indexInBatch } from '../batching/ids.ts'
import { withDeadline } from '../deadline.ts'
import type { SealInUse } from '../leads/id-seal.ts'
import type { LeadLookup } from '../leads/ports.ts'
import { keysOf } from './keys.ts'
import { stateInJob } from './lead-job.ts'

const answerDeadlineMs = 1_000

export type QueuedLookupOptions = Readonly<{
  redis: Redis
  seal: Pick<SealInUse, 'current'>
  /** Who asks for a duplicate is told that it is queued as well. */
  keepsDuplicates: boolean | undefined
}>

/** Whether a lead waits in the queue. */
export function createQueuedLookup({ redis, seal, keepsDuplicates }: QueuedLookupOptions): LeadLookup {
  return {
    async find(givenId) {
      const leadId = seal.current().open(givenId)
      const reading = redis.hmget(keysOf(redis).queue(batchIdOf(leadId)), 'name', 'verdict', 'finishedOn')
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
