import type { Config } from '../config.ts'
import { carryOutBulk } from '../desk/bulk.ts'
import { createCursors } from '../desk/cursor.ts'
import { type KeptFile, readKept } from '../desk/kept-export.ts'
import { createGate } from '../http/admin/gate.ts'
import { createOperatorGate } from '../http/admin/operator-key.ts'
import { createSessionCookies } from '../http/admin/session-cookie.ts'
import type { ClientAddress } from '../http/request/client-ip.ts'
import { ownOriginRules } from '../http/request/cors.ts'
import type { KeyedHash } from '../keyed-hash.ts'
import { keyOfTyped, soughtPhone } from '../leads/phone.ts'
import { eraseFormBuckets, eraseFormWait } from '../limits/erase-form.ts'
import { createRateLimit } from '../limits/rate-limit.ts'
import { errorFields, type Log } from '../log.ts'
import { createLeadRequests } from '../mongo/lead-requests.ts'
import { createElsewhere } from '../operators/elsewhere.ts'
import { createEntry } from '../operators/enter.ts'
import { makeFirstOwner } from '../operators/first-owner.ts'
import { createPasswords } from '../operators/password.ts'
import { createSecondFactor } from '../operators/second-factor.ts'
import { createTokens } from '../operators/token.ts'
import { createProvider } from '../outbound/provider.ts'
import { createAccounts } from '../postgres/accounts.ts'
import { createAnswerBook } from '../postgres/answers.ts'
import { createAudit } from '../postgres/audit.ts'
import { connectPostgres } from '../postgres/connection.ts'
import { createEraseRequests } from '../postgres/erase-requests.ts'
import { createErasureTable } from '../postgres/erasures.ts'
import { readInstallation } from '../postgres/installation.ts'
import { createBulkChanges } from '../postgres/lead-bulks.ts'
import { createLeadDesk } from '../postgres/lead-desk.ts'
import { createLeadExports } from '../postgres/lead-exports.ts'
import { createSavedViews } from '../postgres/lead-views.ts'
import { createOperatorKeys } from '../postgres/operator-keys.ts'
import { createReplays } from '../postgres/replays.ts'
import { createResultsReader } from '../postgres/results.ts'
import { createSecondFactors } from '../postgres/second-factors.ts'
import { createSessions } from '../postgres/sessions.ts'
import { createSourcesReader } from '../postgres/sources.ts'
import { createTodayReader } from '../postgres/today.ts'
import { createOperatorMetrics } from '../prometheus/operator-metrics.ts'
import { createRateLimitShare } from '../redis/rate-limit.ts'
import { createSeal } from '../seal.ts'
import { wireErasure } from './erasure.ts'
import { keptIn } from './kept-exports.ts'
import type { RedisForCommands, Registry } from './open.ts'
import { wireQueue } from './queue.ts'
import { wireReads } from './reads.ts'
import { unhurried } from './reconcile.ts'
import { tellOfShare } from './share-news.ts'

export type DeskOptions = Readonly<{
  config: Config
  /** Absent: every process counts tries for itself. */
  cache: RedisForCommands | undefined
  clientAddress: ClientAddress
  keyedHash: KeyedHash
  nowMs(): number
  registry: Registry
  log: Log
}>

// Operators are few, and what they ask may not take a connection, nor long, from what visitors send.
const poolMax = 3
const statementTimeoutMs = 5_000
// A file of millions of leads holds a connection for as long as it is read.
const filesAtOnce = 2
const fileTimeoutMs = 60_000
// What a change of many is of is looked for once. No longer than nginx waits.
const bulkTimeoutMs = 20_000
// All who sit in one office come anew at once where a process has begun.
const wrongCookies = { perMinute: 60, burst: 60 }
const wrongKeys = { perMinute: 10, burst: 10 }
const tries = {
  client: { perMinute: 10, burst: 30 },
  'client-at': { perMinute: 2, burst: 10 },
  strangers: { perMinute: 5, burst: 100 },
  // Of a million codes three are right: whoever has stolen a password and tries on for a month finds one in 200 times.
  codes: { perMinute: 1 / 30, burst: 10 },
  // Who was let in before is asked again for what is grave.
  'known-codes': { perMinute: 0.2, burst: 20 },
}
const strangersNoted = { perMinute: 5, burst: 100 }
/** What a program may ask, and far more than somebody at the desk does. */
const requests = { perMinute: 600, burst: 600 }

/** What operators come through: their own pool, who they are, and what of it is written down. */
export function wireDesk(options: DeskOptions) {
  const { config, cache, clientAddress, keyedHash, nowMs, registry, log } = options
  const ofDesk = { poolMax, statementTimeoutMs, applicationName: 'landfast-desk' }
  const ofFiles = {
    ...{ poolMax: filesAtOnce, statementTimeoutMs: fileTimeoutMs, applicationName: 'landfast-files' },
  }
  const db = connectPostgres({ ...ofDesk, url: config.databaseUrl, log })
  const forFiles = connectPostgres({ ...ofFiles, url: config.databaseUrl, log })
  const forBulks = connectPostgres({
    ...{ poolMax: 1, statementTimeoutMs: bulkTimeoutMs, applicationName: 'landfast-bulks' },
    ...{ url: config.databaseUrl, log },
  })
  const replica = wireReads({ config, registry, log })
  const reads = replica.beside(db, ofDesk)
  const now = () => performance.now()
  const limits = Object.entries({ ...tries, requests, ...eraseFormBuckets }).map(([name, bucket]) => {
    const hashKey = (of: string) => keyedHash(`desk:${name}:${of}`)
    const share = cache && createRateLimitShare({ redis: cache, ...bucket, hashKey })
    return createRateLimit({ ...bucket, now, share, onShare: tellOfShare(log) })
  })
  const people = wireErasure(config, config.databaseUrl, log)
  const [ofClient, ofClientAt, ofStrangersAt, ofCodes, ofKnownCodes, ofRequests, ...ofEraseForm] = limits
  const accounts = createAccounts(db)
  const sessions = createSessions(db)
  const audit = createAudit(db)
  const bulks = createBulkChanges(db, forBulks)
  const kept = keptIn({ config, db })
  const stopping = new AbortController()
  const eraseRequests = createEraseRequests(db)
  const leadRequests = config.mongoUrl
    ? createLeadRequests(config.mongoUrl, () => readInstallation(db))
    : undefined
  const passwords = createPasswords()
  const cookies = createSessionCookies({ secure: config.publicUrl.startsWith('https:') })
  const noted = createRateLimit({ ...strangersNoted, maxClients: 1, now })
  const factor = createSecondFactor({
    factors: createSecondFactors(db),
    seal: createSeal(config.secretKey, 'second factors'),
    issuer: `Landfast ${new URL(config.publicUrl).host}`,
    nowMs,
  })
  const entry = createEntry({
    ...{ accounts, sessions, audit, passwords, factor, nowMs },
    factorRequired: config.secondFactor === 'required',
    tries: {
      ofClient: (key) => ofClient!.take(key),
      ofClientAt: (key, email) => ofClientAt!.take(`${key} ${email}`),
      ofStrangersAt: (email) => ofStrangersAt!.take(email),
      ofCodes: (accountId, isKnown) => (isKnown ? ofKnownCodes : ofCodes)!.take(accountId),
    },
    mayNoteStranger: () => noted.take('') === 0,
    markOf: (accountId) => keyedHash(`known browser of ${accountId}`),
  })
  const elsewhere = createElsewhere({
    ...{ accounts, audit, entry, nowMs },
    provider:
      config.provider &&
      createProvider({ ...config.provider, redirectUri: `${config.publicUrl}/admin/elsewhere` }),
    roles: config.provider?.roles ?? new Map(),
    seal: createSeal(config.secretKey, 'signing in'),
    tryOf: (client) => ofClient!.take(`${client} elsewhere`),
  })
  const queue = wireQueue({ config, db, nowMs, log })
  const tokens = createTokens({ secretKey: config.secretKey, issuer: config.publicUrl, nowMs })
  const gate = createGate({
    keys: createOperatorGate({
      keys: createOperatorKeys(db),
      tokens,
      clientAddress,
      refusals: createRateLimit({ ...wrongKeys, now }),
      refused: createOperatorMetrics(registry).refused,
      nowMs: now,
    }),
    ...{ entry, cookies, clientAddress },
    refusals: createRateLimit({ ...wrongCookies, now }),
  })

  /** The owner of an installation that nobody sits at, while it has none. */
  async function addOwner(): Promise<void> {
    const came = config.firstOwner && (await makeFirstOwner({ accounts, passwords }, config.firstOwner))
    if (came === 'made') log.info('operator.first_owner')
    else if (came && came !== 'there') log.warn('operator.no_first_owner', { because: came })
  }

  /** Beside what is answered; where this process ends, a worker goes on. */
  function goOnWithBulk(id: string): void {
    carryOutBulk(bulks, id, unhurried(stopping.signal)).catch((error) => {
      if (!stopping.signal.aborted) log.warn('bulk.interrupted', { id, ...errorFields(error) })
    })
  }

  return {
    answerBook: createAnswerBook(db),
    gate,
    /** Where figures are read that may take long. */
    reads,
    budget: { limit: ofRequests!, perMinute: requests.perMinute },
    /** Pages of our own origin, and of no other that may submit. */
    origins: ownOriginRules(config.publicUrl),
    routes: {
      ...{ accounts, sessions, audit, entry, elsewhere, factor, tokens, cookies },
      leadDesk: reads(
        (from) => createLeadDesk(from, config.timeZone),
        ...(['list', 'count', 'notes', 'timeline', 'speed'] as const),
      ),
      erasures: createErasureTable(db),
      ...(kept && {
        keptExports: {
          fetch: kept.kept.fetch,
          cancel: kept.kept.cancel,
          read: (file: KeptFile) => readKept(kept, file),
        },
      }),
      exports: replica.beside(forFiles, ofFiles)((files) => createLeadExports(db, files), 'rows'),
      views: createSavedViews(db),
      ...(leadRequests && { leadRequests }),
      people,
      eraseRequests,
      ...{ bulks, goOnWithBulk },
      backupsKeptDays: config.backupRetentionDays,
      results: reads(createResultsReader, 'counted', 'changes'),
      today: reads(createTodayReader, 'read', 'variants', 'answers', 'refusedMost'),
      sources: reads(createSourcesReader, 'read', 'overTime', 'speedByHour'),
      timeZone: config.timeZone,
      queue: queue.reader,
      replays: createReplays(db),
      cursors: createCursors(keyedHash),
      phoneKeyOf: (typed: string) => keyOfTyped(keyedHash, typed, config.defaultRegion),
      soughtPhone: (typed: string) => soughtPhone(keyedHash, typed, config.defaultRegion),
    },
    /** What the public form asks, where there is one. */
    eraseForm: {
      eraseRequests,
      eraseFormWait: eraseFormWait({
        ofClient: ofEraseForm[0]!,
        ofBlock: ofEraseForm[1]!,
        ofAll: ofEraseForm[2]!,
      }),
    },
    start(): void {
      queue.start()
      for (const limit of limits) limit.start()
      addOwner().catch((error) => log.warn('operator.no_first_owner', errorFields(error)))
    },
    async stop(): Promise<void> {
      stopping.abort()
      await leadRequests?.stop()
      for (const limit of limits) limit.stop()
      await replica.stop()
      await people.stop()
      queue.stop()
      await forFiles.destroy()
      await forBulks.destroy()
      await db.destroy()
    },
  }
}
