import type { Config } from '../config.ts'
import { type ClientAddress, clientKey, type Peer } from '../http/request/client-ip.ts'
import type { KeyedHash } from '../keyed-hash.ts'
import { createRateLimit } from '../limits/rate-limit.ts'
import { createRecordBudget } from '../limits/record-budget.ts'
import type { Log } from '../log.ts'
import { createShedCounter } from '../prometheus/shed-metrics.ts'
import { createRateLimitShare } from '../redis/rate-limit.ts'
import type { RedisForCommands, Registry } from './open.ts'
import { tellOfShare } from './share-news.ts'

export type RecordsOptions = Readonly<{
  config: Pick<Config, 'rateLimit' | 'recordsPerDay' | 'apiProcesses'>
  clientAddress: ClientAddress
  /** Absent: every process counts for itself. */
  cache: RedisForCommands | undefined
  keyedHash: KeyedHash
  registry: Registry
  log: Log
}>

// A visitor who submits once leaves a visit, web vitals, clicks and some beacons.
const recordsPerSubmission = 60
// To know who sends costs several times what the rest of taking an event does.
const oneIn = 8
// So many clients at the full rate may live within one IPv6 /48.
const clientsPerBlock = 16

/** What visitors may leave behind: one budget a client for events, exposures, assignments and logged refusals. */
export function wireRecords(options: RecordsOptions) {
  const { config, cache, clientAddress } = options
  const shed = createShedCounter(options.registry)
  const bucket = (clients: number) => ({
    perMinute: (config.rateLimit.perMinute * recordsPerSubmission * clients) / oneIn,
    burst: (config.rateLimit.burst * recordsPerSubmission * clients) / oneIn,
  })
  const now = () => performance.now()
  const limitOf = (name: string, clients: number) =>
    createRateLimit({
      ...bucket(clients),
      now,
      share:
        cache && config.rateLimit.perMinute > 0
          ? createRateLimitShare({
              redis: cache,
              ...bucket(clients),
              hashKey: (client) => options.keyedHash(`${name}:${client}`),
            })
          : undefined,
      onShare: tellOfShare(options.log),
    })
  const ofClient = limitOf('events', 1)
  const ofBlock = limitOf('events-block', clientsPerBlock)
  const perDay = config.recordsPerDay / config.apiProcesses
  const budget = createRecordBudget({ ofClient, ofBlock, oneIn, perDay, now })
  return {
    budget,
    /** Whether this request may leave a record of this kind; counts it where it may not. */
    mayRecord(kind: 'exposure' | 'assignment', request: Request, peer: Peer): boolean {
      if (budget.take(() => clientKey(clientAddress(request, peer))) === 0) return true
      shed(kind)
      return false
    },
    /** The same for a line of the request log, where the address is known already. */
    mayLog(address: string): boolean {
      if (budget.take(() => clientKey(address)) === 0) return true
      shed('request_log')
      return false
    },
    start(): void {
      ofClient.start()
      ofBlock.start()
    },
    stop(): void {
      ofClient.stop()
      ofBlock.stop()
    },
  }
}
