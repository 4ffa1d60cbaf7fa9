import { expect, test } from 'bun:test'
import { type Collection, MongoNetworkError, MongoServerError } from 'mongodb'
import type { Log } from '../log.ts'
import type { RequestDocument } from './document.ts'
import { ensureIndexes } from './indexes.ts'

type Key = Readonly<Record<string, number>>

/** Keeps indexes as MongoDB does: a key that is there with another expiry is a conflict, until `collMod` changes it. */
function fakeCollection(options: { knowsExpiry?: boolean; refuses?: Error } = {}) {
  const indexes = new Map<string, number | undefined>()
  const refuse = (code: number, message: string) => {
    throw new MongoServerError({ code, message })
  }
  const collection = {
    collectionName: 'request_logs',
    async createIndex(key: Key, { expireAfterSeconds }: { expireAfterSeconds?: number } = {}) {
      if (options.refuses) throw options.refuses
      if (options.knowsExpiry === false && expireAfterSeconds) refuse(238, 'not implemented')
      const name = JSON.stringify(key)
      if (indexes.has(name) && indexes.get(name) !== expireAfterSeconds) refuse(85, 'options conflict')
      indexes.set(name, expireAfterSeconds)
    },
    db: {
      async command({ index }: { index: { keyPattern: Key; expireAfterSeconds: number } }) {
        indexes.set(JSON.stringify(index.keyPattern), index.expireAfterSeconds)
      },
    },
  }
  return { indexes, collection: collection as unknown as Collection<RequestDocument> }
}

function listen() {
  const events: string[] = []
  const say = (event: string) => void events.push(event)
  return { events, log: { debug: say, info: say, warn: say, error: say } satisfies Log }
}

const all = ['{"ts":-1}', '{"phone_hash":1,"ts":-1}', '{"ip_hash":1,"ts":-1}']

test('entries are found by time, phone and address, and expire', async () => {
  const { indexes, collection } = fakeCollection()
  const { events, log } = listen()
  await ensureIndexes(collection, 90, log)
  await ensureIndexes(collection, 90, log)
  expect([...indexes.keys()]).toEqual(all)
  expect(indexes.get('{"ts":-1}')).toBe(7_776_000)
  expect(events).toEqual([])
})

test('another expiry takes the place of the one before', async () => {
  const { indexes, collection } = fakeCollection()
  const { events, log } = listen()
  await ensureIndexes(collection, 90, log)
  await ensureIndexes(collection, 30, log)
  expect(indexes.get('{"ts":-1}')).toBe(2_592_000)
  expect(events).toEqual(['request_log.expiry_changed'])
})

test('a server without expiry still gets its indexes, and the log says that nothing expires', async () => {
  const { indexes, collection } = fakeCollection({ knowsExpiry: false })
  const { events, log } = listen()
  await ensureIndexes(collection, 90, log)
  expect([...indexes.keys()]).toEqual(all)
  expect(events).toEqual(['request_log.never_expires'])
})

test('a server that refuses indexes keeps the log going; one that is away is asked again', async () => {
  const { events, log } = listen()
  const refusing = fakeCollection({ refuses: new MongoServerError({ code: 13, message: 'not authorized' }) })
  await ensureIndexes(refusing.collection, 90, log)
  expect(events.filter((event) => event === 'request_log.index_missing')).toHaveLength(3)
  const away = fakeCollection({ refuses: new MongoNetworkError('connection closed') })
  await expect(ensureIndexes(away.collection, 90, log)).rejects.toThrow('connection closed')
})
