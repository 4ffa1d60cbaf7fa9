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
import { sweepKept } from '../desk/kept-export.ts'
import { createArchiveErasure } from '../desk/request-archive.ts'
import { createKeyedHash } from '../keyed-hash.ts'
import { phoneKeyOf } from '../leads/phone.ts'
import type { Log } from '../log.ts'
import { createMongoErasure } from '../mongo/erase.ts'
import { connectPostgres } from '../postgres/connection.ts'
import { createErasureTable } from '../postgres/erasures.ts'
import { readInstallation } from '../postgres/installation.ts'
import { createRedisErasure } from '../redis/erase.ts'
import { keptIn } from './kept-exports.ts'
import { byPhone, openShards, type RedisForCommands } from './open.ts'
import { homeOfAll } from './reconcile.ts'
import { requestArchiveIn } from './request-archive.ts'

// All leads are looked at while the index that finds those of a phone is being made.
const statementTimeoutMs = 300_000
const againAtOnce = 200
// One looks through the leads while others ask whose a store is.
const poolMax = 3

/** The table ends the files that show a person, and tells of how many; what they held is taken away here. */
const ofFiles = (kept: NonNullable<ReturnType<typeof keptIn>>): ErasurePlace => ({
  look: async () => ({}),
  async erase() {
    await sweepKept(kept)
  },
})

export type Erasing = Readonly<{
  look(phoneKey: string): Promise<Found>
  copy(phoneKey: string): Promise<KeptOfPerson>
  carryOut(erasure: Erasure): Promise<void>
  /** What was finished, once more. */
  again(erasures: readonly Erasure[]): Promise<void>
  stop(): Promise<void>
}>

/**
 * Looks for a person in every store, and erases them. It has few connections to Postgres, which are made when they are needed,
 * and makes those to the other stores each time: there is hardly ever anything to do.
 */
export function wireErasure(config: Config, databaseUrl: string, log: Log): Erasing {
  const keyedHash = createKeyedHash(config.secretKey)
  const db = connectPostgres({
    ...{ url: databaseUrl, poolMax, statementTimeoutMs, log },
    applicationName: 'landfast-erasure',
  })
  const table = createErasureTable(db)
  const installation = () => readInstallation(db)
  const kept = keptIn({ config, db })
  const archive = requestArchiveIn({ config, db })

  async function withPlaces<T>(work: (places: ErasureDeps) => Promise<T>): Promise<T> {
    const shards = openShards(config, 'landfast-erasure', log)
    try {
      const line: ErasurePlace[] = []
      if (shards.length > 0) {
        await Promise.all(shards.map((redis) => redis.connect()))
        const { foreign } = await homeOfAll(shards, db)
        if (foreign) throw new Error(foreign)
        line.push(erasureIn(shards))
      }
      const aside: ErasurePlace[] = [
        ...(config.mongoUrl ? [createMongoErasure(config.mongoUrl, installation)] : []),
        // After the log itself: what is archived from then on has them no more.
        ...(archive ? [createArchiveErasure(archive)] : []),
        ...(kept ? [ofFiles(kept)] : []),
      ]
      return await work({ table, line, aside })
    } finally {
      for (const redis of shards) redis.disconnect()
    }
  }

  /** Looks for each person in the shard of their phone. */
  function erasureIn(shards: readonly RedisForCommands[]): ErasurePlace {
    const of = byPhone(shards, (redis) => createRedisErasure(redis, (phone) => phoneKeyOf(keyedHash, phone)))
    return {
      look: (phoneKey) => of(phoneKey).look(phoneKey),
      copy: async (phoneKey) => (await of(phoneKey).copy?.(phoneKey)) ?? {},
      async erase(whom) {
        const groups = Map.groupBy(whom, ({ phoneKey }) => of(phoneKey))
        for (const [place, theirs] of groups) await place.erase(theirs)
      },
    }
  }

  return {
    look: (phoneKey) => withPlaces((places) => lookFor(places, phoneKey)),
    copy: (phoneKey) => withPlaces((places) => copyOf(places, phoneKey)),
    carryOut: (erasure) => withPlaces((places) => carryOut(places, erasure)),
    async again(erasures) {
      for (let from = 0; from < erasures.length; from += againAtOnce)
        await withPlaces((places) => eraseAgain(places, erasures.slice(from, from + againAtOnce)))
    },
    stop: () => db.destroy(),
  }
}
