import type { IRedisClient, IRedisTransaction } from 'bullmq'
import type { Redis } from 'ioredis'

type Reply = [Error | null, unknown]

export type Transaction = Readonly<{
  /** What it is made of, as BullMQ expects it. */
  multi: IRedisTransaction
  /** Resolves with the reply of each command once it is kept; null where it was not executed. */
  exec(): Promise<Reply[] | null>
}>

// Well below the deadline of a commit: what is not confirmed by then goes through Postgres.
const confirmMs = 400

/** A MULTI that counts only when so many replicas have it as well. */
export function beginTransaction(client: IRedisClient, replicas: number): Transaction {
  if (replicas === 0) {
    const multi = client.multi()
    return { multi, exec: async () => (await multi.exec()) as Reply[] | null }
  }
  const pipeline = client.pipeline()
  const chained = pipeline as unknown as ReturnType<Redis['pipeline']> & Readonly<{ multi(): void }>
  chained.multi()
  return {
    multi: pipeline,
    async exec() {
      // The first queues EXEC, the second sends all. WAIT in a call of its own could reach a server that took the place of
      // the one that has the batch, and has replicas enough.
      chained.exec()
      chained.wait(replicas, confirmMs)
      const replies = (await chained.exec()) ?? []
      const refused = replies.find(([error]) => error)?.[0]
      if (refused) throw refused
      const [executed, confirmed] = replies.slice(-2) as [Reply, Reply]
      refuseTooFew(confirmed[1], replicas)
      const each = executed[1] as unknown[] | null
      return each?.map((reply) => (reply instanceof Error ? [reply, null] : [null, reply])) ?? null
    },
  }
}

/** @throws Error when what this Redis writes now does not reach so many replicas in time. */
export async function tryReplicas(redis: Redis, replicas: number, key: string): Promise<void> {
  if (replicas === 0) return
  const replies = await redis.pipeline().hset(key, 'confirmed', Date.now()).wait(replicas, confirmMs).exec()
  for (const [error] of replies ?? []) if (error) throw error
  refuseTooFew(replies?.at(-1)?.[1], replicas)
}

function refuseTooFew(confirmed: unknown, replicas: number): void {
  if (!(Number(confirmed) >= replicas))
    throw new Error(
      `${confirmed} of its replicas have what was written, and REDIS_ACK_REPLICAS wants ${replicas}`,
    )
}
