import { expect, test } from 'bun:test'
import { type MongoClient, MongoServerSelectionError, MongoTopologyClosedError } from 'mongodb'
import { createLastingClient } from './lasting-client.ts'

test('a client that fails for ever, because its server was away at first, is followed by another', async () => {
  const made: MongoClient[] = []
  const mongo = createLastingClient(() => {
    const client = { close: async () => {} } as MongoClient
    made.push(client)
    return client
  })
  const away = new MongoServerSelectionError('away', {} as never)
  await expect(mongo.ask(() => Promise.reject(away))).rejects.toBe(away)
  const answered = (connected: MongoClient) =>
    connected === made[0]
      ? Promise.reject(new MongoTopologyClosedError('closed'))
      : Promise.resolve(made.length)
  expect(await Promise.all([mongo.ask(answered), mongo.ask(answered)])).toEqual([2, 2])
  await mongo.close()
  const closed = new MongoTopologyClosedError('closed')
  await expect(mongo.ask(() => Promise.reject(closed))).rejects.toBe(closed)
  expect(made).toHaveLength(2)
})
