import { expect, test } from 'bun:test'
import { Redis } from 'ioredis'
import type { Log } from '../log.ts'
import { createBatchQueue } from './batch-queue.ts'

const nothing = () => {}
const log: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing }

/** A connection that is ready and whose greetings are answered one after the other. */
function greeted(...answers: (() => Promise<string>)[]): Redis {
  const redis = new Redis({ lazyConnect: true, enableOfflineQueue: false, maxRetriesPerRequest: 0 })
  redis.status = 'ready'
  redis.info = () => answers.shift()!()
  return redis
}

const lost = async (): Promise<string> => {
  throw new Error('Connection is closed.')
}
const answered = async () => 'redis_version:7.0.15\r\n'

test('a queue whose greeting was lost is ready the next time it is wanted', async () => {
  const queue = createBatchQueue('leads', greeted(lost, answered), log)
  await expect(queue.ready(1_000)).rejects.toThrow('Connection is closed.')
  await queue.ready(1_000)
  expect(queue.current().name).toBe('leads')
  await queue.close()
})

test('one whose greeting is lost after nobody waits for it any more is, too', async () => {
  const late = Promise.withResolvers<string>()
  const queue = createBatchQueue(
    'leads',
    greeted(() => late.promise, answered),
    log,
  )
  await expect(queue.ready(0)).rejects.toThrow('preparing the queue took longer')
  const again = queue.ready(1_000)
  late.reject(new Error('Connection is closed.'))
  await expect(again).rejects.toThrow('Connection is closed.')
  await queue.ready(1_000)
  expect(queue.current().name).toBe('leads')
  await queue.close()
})
