import { type MongoClient, MongoTopologyClosedError } from 'mongodb'

/** A client that is made when it is first asked, and made again where it can be asked no more. */
export type LastingClient = Readonly<{
  ask<T>(work: (connected: MongoClient) => Promise<T>): Promise<T>
  close(): Promise<void>
}>

/**
 * Once it could not reach its server at first, the driver's client fails for ever, before it has asked anything: then another one
 * is asked in its place.
 */
export function createLastingClient(connect: () => MongoClient): LastingClient {
  let client: MongoClient | undefined
  let isClosed = false
  return {
    async ask(work) {
      client ??= connect()
      const used = client
      try {
        return await work(used)
      } catch (error) {
        if (isClosed || !(error instanceof MongoTopologyClosedError)) throw error
        if (client === used) client = connect()
        return work(client)
      }
    },
    async close() {
      isClosed = true
      await client?.close()
    },
  }
}
