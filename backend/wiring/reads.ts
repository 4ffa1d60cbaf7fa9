import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import type { Db } from '../postgres/connection.ts'
import { connectReplica, type MakeReader } from '../postgres/replica.ts'
import { createReplicaMetrics } from '../prometheus/replica-metrics.ts'
import type { Registry } from './open.ts'

/** Makes a reader on the primary, which asks a replica these of its questions where there is one and it can answer. */
export type Reads = <Reader extends object>(
  make: MakeReader<Reader>,
  ...questions: (keyof Reader)[]
) => Reader

/** How many connections of what kind lead to the replica, beside those to the primary. */
type Pool = Readonly<{ poolMax: number; statementTimeoutMs: number; applicationName: string }>

/** Where lists, files and figures are read: of the replica, which without a setting is the primary itself. */
export function wireReads(
  options: Readonly<{ config: Pick<Config, 'databaseReplicaUrl'>; registry: Registry; log: Log }>,
) {
  const url = options.config.databaseReplicaUrl
  const metrics = createReplicaMetrics(options.registry)
  const stops: (() => Promise<void>)[] = []
  return {
    beside(primary: Db, pool: Pool): Reads {
      if (!url) return (make) => make(primary)
      const replica = connectReplica({ ...pool, url, primary, onRead: metrics.read, log: options.log })
      stops.push(replica.stop)
      return replica.reader
    },
    async stop(): Promise<void> {
      await Promise.all(stops.map((stop) => stop()))
    },
  }
}
