import type { Config } from '../config.ts'
import {
  carryOut,
  copyOf,
  type Erasure,
  type ErasureDeps,
  type ErasurePlace,
  eraseAgain,
  type Found,
  type KeptOfPerson,
  lookFor,
} from '../desk/erasure.ts'
import { createKeyedHash } from '../keyed-hash.ts'
import { phoneKeyOf } from '../leads/phone.ts'
import type { Log } from '../log.ts'
import { createMongoErasure } from '../mongo/erase.ts'
import { connectPostgres } from '../postgres/connection.ts'
import { createErasureTable } from '../postgres/erasures.ts'
import { readInstallation } from '../postgres/installation.ts'
import { redisForCommands } from '../redis/connection.ts'
import { createRedisErasure } from '../redis/erase.ts'
import { homeOf } from '../redis/home.ts'

// Nothing finds the leads of a phone but looking at all of them.
const statementTimeoutMs = 300_000

export type Erasing = Readonly<{
  look(phoneKey: string): Promise<Found>
  copy(phoneKey: string): Promise<KeptOfPerson>
  carryOut(erasure: Erasure): Promise<void>
  /** What was finished, once more. */
  again(erasure: Erasure): Promise<void>
}>

/** Looks for a person in every store, and erases them: with connections that are made for it and end with it. */
export function wireErasure(config: Config, databaseUrl: string, log: Log): Erasing {
  const keyedHash = createKeyedHash(config.secretKey)

  async function withPlaces<T>(work: (places: ErasureDeps) => Promise<T>): Promise<T> {
    const db = connectPostgres({
      ...{ url: databaseUrl, poolMax: 2, statementTimeoutMs, log },
      applicationName: 'landfast-erasure',
    })
    const redis = config.redisUrl
      ? redisForCommands({ url: config.redisUrl, name: 'landfast-erasure', log })
      : undefined
    try {
      const installation = () => readInstallation(db)
      const line: ErasurePlace[] = []
      if (redis) {
        await redis.connect()
        const { foreign } = await homeOf(redis, installation)
        if (foreign) throw new Error(foreign)
        line.push(createRedisErasure(redis, (phone) => phoneKeyOf(keyedHash, phone)))
      }
      const aside = config.mongoUrl ? [createMongoErasure(config.mongoUrl, installation)] : []
      return await work({ table: createErasureTable(db), line, aside })
    } finally {
      redis?.disconnect()
      await db.destroy()
    }
  }

  return {
    look: (phoneKey) => withPlaces((places) => lookFor(places, phoneKey)),
    copy: (phoneKey) => withPlaces((places) => copyOf(places, phoneKey)),
    carryOut: (erasure) => withPlaces((places) => carryOut(places, erasure)),
    again: (erasure) => withPlaces((places) => eraseAgain(places, erasure)),
  }
}
