import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { availableParallelism } from 'node:os'
import { isSupportedCountry } from 'libphonenumber-js/max'
import {
  type AddressRule,
  databaseAddress,
  faultInAddress,
  folderAddress,
  mongoAddress,
  originAddress,
  redisAddress,
  withPassword,
} from './address-setting.ts'
import type { LogLevel } from './log.ts'
import { weaknessesOf } from './weak-settings.ts'

export type AckMode = 'redis' | 'pg'

/** Where S3-compatible object storage is, and how to enter. */
export type S3Config = Readonly<{
  endpoint: string
  region: string
  /** Both keys are empty where everybody may read. */
  accessKey: string
  secretKey: string
  bucket: string
  publicUrl?: string
}>

/** Where backups go, and what they are made of beside the stores. */
export type BackupConfig = Readonly<{
  folder: string
  /** Empty where no backups are made. */
  key: string
  /** The data folder of Redis, where it can be read. */
  redisFolder?: string
  /** A second place, best at another provider. */
  copy?: S3Config
}>

/** A provider of identities by OpenID Connect. */
export type ProviderConfig = Readonly<{
  issuer: string
  clientId: string
  clientSecret: string
  claim: string
  /** By the value of the claim; `*` is everybody whom the provider lets in. */
  roles: ReadonlyMap<string, 'manager' | 'caller' | 'viewer'>
}>

/** Everything that can be set, read once. Durations carry their unit in the name. */
export type Config = Readonly<{
  environment: 'production' | 'development' | 'test'
  /** Empty: all addresses of the machine. */
  listenAddress: string
  port: number
  workerPort: number
  publicUrl: string
  allowedHosts: readonly string[]
  corsOrigins: readonly string[]
  /** Other origins whose scripts the page may run. */
  scriptSources: readonly string[]
  apiProcesses: number
  workerConcurrency: number
  ackMode: AckMode
  databaseUrl: string
  workerDatabaseUrl: string
  migrateDatabaseUrl: string
  /** A replica of the same Postgres, for what may be long to read. */
  databaseReplicaUrl?: string
  databasePoolMax: number
  /** Absent only with `ackMode: 'pg'` on a machine without Redis. */
  redisUrl?: string
  redisCacheUrl?: string
  /** Into how many parts phones are divided, each on one server of Redis. */
  redisShards: number
  /** How many replicas of Redis have a lead before it is acknowledged. */
  ackReplicas: number
  mongoUrl?: string
  s3?: S3Config
  /** Where large exports are kept for a while; absent: they are only sent as they are written. */
  exports?: Omit<S3Config, 'publicUrl'>
  dedupWindowMs: number
  /** Whether visitors are told that their phone was here already. */
  duplicateSignal: boolean
  rateLimit: Readonly<{ perMinute: number; burst: number }>
  trustedProxies: readonly string[]
  pageCacheTtlMs: number
  /** Where the built page is, absolute or from the root of the repository. */
  pageDir: string
  defaultRegion?: string
  /** 0 where leads are kept for good. */
  leadRetentionDays: number
  /** 0 where leads stay in Postgres. */
  leadArchiveDays: number
  requestLogTtlDays: number
  requestLogArchiveDays: number
  /** Names of events beside our own. */
  eventTypes: readonly string[]
  eventRetentionDays: number
  recordsPerDay: number
  assignmentRetentionDays: number
  auditRetentionDays: number
  /** After so many days no backup holds what was erased. */
  backupRetentionDays: number
  /** Whether people can ask by themselves, by a form, to be forgotten. */
  eraseForm: boolean
  /** Who is made the owner of an installation that has no operator. */
  firstOwner?: Readonly<{ email: string; password: string }>
  /** Where operators may sign in as well: a provider of identities, and what it makes of them. */
  provider?: ProviderConfig
  /** Whether operators may do anything before they have set a second factor. */
  secondFactor: 'optional' | 'required'
  /** Hosts, addresses and blocks beside the open internet that leads may be delivered to. */
  deliveryAllow: readonly string[]
  /** Of times that people read in messages. */
  timeZone: string
  backup: BackupConfig
  /** Absent: nobody is followed. */
  tracing?: Readonly<{ url: string; share: number }>
  secretKey: string
  logLevel: LogLevel
  dataDir: string
}>

/** One setting as operators see it: the line in `.env.example`. */
export type Setting = Readonly<{ name: string; fallback: string; about: string; sample?: string }>

const processesByDefault = Math.max(1, availableParallelism() - 1)

export const settings: readonly Setting[] = [
  {
    name: 'NODE_ENV',
    fallback: 'development',
    about: 'production, development or test; production refuses unsafe settings',
  },
  {
    name: 'LISTEN_ADDRESS',
    fallback: '',
    about:
      'address of this machine on which API and worker listen, such as 127.0.0.1 behind an nginx of its own; empty: all (`bun run start`: 127.0.0.1; 0.0.0.0 opens it)',
  },
  { name: 'PORT', fallback: '8000', about: 'where the API listens' },
  { name: 'WORKER_PORT', fallback: '8001', about: 'where the worker serves its own /metrics and /livez' },
  {
    name: 'PUBLIC_URL',
    fallback: '',
    sample: 'https://promo.example.com',
    about: 'the address visitors see; empty: that of this machine, with PORT (in compose HTTP_PORT)',
  },
  { name: 'ALLOWED_HOSTS', fallback: '', about: 'Host names that are answered, by comma; empty: all' },
  {
    name: 'CORS_ORIGINS',
    fallback: '',
    about: 'other origins whose pages may submit, by comma, such as https://promo.example.com',
  },
  {
    name: 'CSP_SCRIPT_SOURCES',
    fallback: '',
    about:
      "other origins whose scripts the page may run, load pictures from and send to, by comma, such as https://www.googletagmanager.com or https://*.example.com: those of a campaign's tags",
  },
  {
    name: 'API_PROCESSES',
    fallback: '',
    about: 'API processes on this machine; empty: one fewer than the cores, at least 1',
  },
  { name: 'WORKER_CONCURRENCY', fallback: '4', about: 'batches of leads that one worker takes at once' },
  {
    name: 'ACK_MODE',
    fallback: '',
    about: "what a 202 waits for: redis (fsync'd append-only file) or pg (Postgres commit); empty: redis",
  },
  {
    name: 'DATABASE_URL',
    fallback: '',
    sample: 'postgres://landfast:landfast@localhost:5432/landfast',
    about: 'Postgres, required',
  },
  {
    name: 'DATABASE_URL_PASSWORD',
    fallback: '',
    about: 'the password, as it is, where DATABASE_URL holds none',
  },
  {
    name: 'WORKER_DATABASE_URL',
    fallback: '',
    about: 'the same Postgres, as the worker comes to it; empty: DATABASE_URL',
  },
  {
    name: 'MIGRATE_DATABASE_URL',
    fallback: '',
    about:
      'the same Postgres, as the owner of the tables, for `bun run db:migrate` alone, which makes the users of the other two; empty: DATABASE_URL',
  },
  {
    name: 'WORKER_DATABASE_URL_PASSWORD',
    fallback: '',
    about: 'the password, as it is, where WORKER_DATABASE_URL holds none',
  },
  {
    name: 'MIGRATE_DATABASE_URL_PASSWORD',
    fallback: '',
    about: 'the password, as it is, where MIGRATE_DATABASE_URL holds none',
  },
  {
    name: 'DATABASE_REPLICA_URL',
    fallback: '',
    sample: 'postgres://landfast_api@replica:5432/landfast',
    about:
      'a streaming replica of the same Postgres, which lists, files and figures are read from while it is not behind; empty: DATABASE_URL',
  },
  {
    name: 'DATABASE_REPLICA_URL_PASSWORD',
    fallback: '',
    about: 'the password, as it is, where DATABASE_REPLICA_URL holds none',
  },
  { name: 'DATABASE_POOL_MAX', fallback: '10', about: 'Postgres connections per process' },
  {
    name: 'REDIS_URL',
    fallback: '',
    sample: 'redis://localhost:6379',
    about:
      'Redis of the queue and the claims; required unless ACK_MODE=pg. With sentinels redis+sentinel://host1,host2,host3/NAME, where NAME is what they call the master; a cluster: redis+cluster://host1,host2,host3',
  },
  {
    name: 'REDIS_URL_PASSWORD',
    fallback: '',
    about: 'the password, as it is, where REDIS_URL holds none',
  },
  {
    name: 'REDIS_SHARDS',
    fallback: '',
    about:
      'parts that phones are divided into, 1 or 12, each with a queue of its own; changed only once every queue is empty; empty: 12 with redis+cluster://, else 1',
  },
  {
    name: 'REDIS_ACK_REPLICAS',
    fallback: '',
    about:
      'replicas of Redis that have a lead before it is answered 202, so that it survives the loss of a machine; where fewer confirm, leads go through Postgres; empty: 1 with redis+sentinel:// and redis+cluster://, else 0',
  },
  { name: 'REDIS_CACHE_URL', fallback: '', about: 'Redis of rate limits and the page; empty: REDIS_URL' },
  {
    name: 'REDIS_CACHE_URL_PASSWORD',
    fallback: '',
    about: 'the password, as it is, where REDIS_CACHE_URL holds none',
  },
  {
    name: 'MONGO_URL',
    fallback: '',
    sample: 'mongodb://localhost:27017/landfast',
    about: 'request log; empty: off',
  },
  {
    name: 'MONGO_URL_PASSWORD',
    fallback: '',
    about: 'the password, as it is, where MONGO_URL holds none',
  },
  {
    name: 'S3_ENDPOINT',
    fallback: '',
    sample: 'http://localhost:9000',
    about: 'object storage of media; empty: off',
  },
  { name: 'S3_REGION', fallback: 'us-east-1', about: 'region of the bucket' },
  {
    name: 'S3_ACCESS_KEY',
    fallback: '',
    about:
      'access key of `bun run media:setup` and `bun run media:upload`; API and worker need none, or one that may read where the bucket stays private',
  },
  { name: 'S3_SECRET_KEY', fallback: '', about: 'secret key that belongs to S3_ACCESS_KEY' },
  { name: 'S3_BUCKET', fallback: 'landfast-media', about: 'bucket of the media' },
  {
    name: 'S3_PUBLIC_URL',
    fallback: '',
    about: 'a CDN in front of the bucket; set: /media/* redirects there',
  },
  {
    name: 'EXPORT_BUCKET',
    fallback: '',
    about:
      'a bucket at S3_ENDPOINT, which nobody else may read, that keeps large exports for a day, sealed; empty: none are kept',
  },
  { name: 'EXPORT_ACCESS_KEY', fallback: '', about: 'access key that may read, write and list that bucket' },
  { name: 'EXPORT_SECRET_KEY', fallback: '', about: 'secret key that belongs to it' },
  {
    name: 'DEDUP_WINDOW_S',
    fallback: '86400',
    about: 'seconds in which a second submission of a phone is a duplicate',
  },
  {
    name: 'PUBLIC_DUPLICATE_SIGNAL',
    fallback: 'on',
    about:
      'on: a repeated phone is answered "duplicate", which tells anybody who tries a number whether it is a lead; off: it is answered like every other',
  },
  {
    name: 'RATE_LIMIT_RPM',
    fallback: '20',
    about: 'submissions a minute per client address, and 30 times as many requests with events; 0: off',
  },
  {
    name: 'RATE_LIMIT_BURST',
    fallback: '',
    about: 'submissions a client may send at once; empty: RATE_LIMIT_RPM',
  },
  {
    name: 'TRUSTED_PROXIES',
    fallback: '',
    about: 'addresses or CIDR blocks whose X-Forwarded-For is believed, by comma',
  },
  {
    name: 'PAGE_CACHE_TTL_S',
    fallback: '60',
    about:
      'seconds the built page is kept in Redis and memory before it is read again; nginx keeps it for one',
  },
  {
    name: 'PAGE_DIR',
    fallback: 'frontend/dist',
    about: 'the folder of the built page; `bun run build --outDir FOLDER` builds one elsewhere',
  },
  {
    name: 'DEFAULT_REGION',
    fallback: '',
    about: 'country of numbers without a prefix, such as IR; empty: digits are kept as typed',
  },
  {
    name: 'EVENT_TYPES',
    fallback: '',
    about: 'names of events that may be sent beside our own, by comma, such as video_play',
  },
  {
    name: 'RECORDS_PER_DAY',
    fallback: '20000000',
    about:
      'events, exposures, assignments and logged refusals that all visitors together may leave in a day; 0: no limit. More are served and not recorded',
  },
  {
    name: 'ASSIGNMENT_RETENTION_DAYS',
    fallback: '400',
    about: 'days that the variant given to a visitor of /api/assign is kept',
  },
  { name: 'EVENT_RETENTION_DAYS', fallback: '400', about: 'days an event is kept; what is counted stays' },
  {
    name: 'LEAD_RETENTION_DAYS',
    fallback: '0',
    about: 'days a lead is kept, with its notes and deliveries; 0: until somebody erases it',
  },
  {
    name: 'LEAD_ARCHIVE_DAYS',
    fallback: '0',
    about:
      'days after the end of a month that `bun run backup --every` moves its leads into an encrypted archive in the bucket of copies; 0: never',
  },
  { name: 'REQUEST_LOG_TTL_DAYS', fallback: '90', about: 'days a request log entry is kept' },
  {
    name: 'REQUEST_LOG_ARCHIVE_DAYS',
    fallback: '0',
    about: 'days it is kept in EXPORT_BUCKET, sealed, where it goes before it is gone from MongoDB; 0: never',
  },
  {
    name: 'AUDIT_RETENTION_DAYS',
    fallback: '730',
    about: 'days it is kept which operator did what',
  },
  {
    name: 'BACKUP_RETENTION_DAYS',
    fallback: '30',
    about:
      'days after which no backup is kept any more: `bun run backup` removes older ones, and the receipt of an erasure names the day',
  },
  {
    name: 'ERASE_FORM',
    fallback: 'off',
    about: 'on: people ask at /privacy/erase to have their data deleted, and an operator decides',
  },
  {
    name: 'ADMIN_EMAIL',
    fallback: '',
    about:
      'the first owner of the desk, made at the start while there is no operator; empty: `bun run admin:invite` prints a link',
  },
  {
    name: 'ADMIN_PASSWORD',
    fallback: '',
    about: 'their password, 12 characters or more; it is read no more once they are there',
  },
  {
    name: 'ADMIN_SECOND_FACTOR',
    fallback: 'optional',
    about: 'optional, or required: operators may do nothing but set a second factor until they have one',
  },
  {
    name: 'OIDC_ISSUER',
    fallback: '',
    sample: 'https://login.example.com/realms/team',
    about:
      'where operators may also sign in: a provider by OpenID Connect, as its issuer is named; empty: nowhere',
  },
  { name: 'OIDC_CLIENT_ID', fallback: '', about: 'as whom the provider knows the desk' },
  { name: 'OIDC_CLIENT_SECRET', fallback: '', about: 'the secret of that client' },
  {
    name: 'OIDC_CLAIM',
    fallback: 'groups',
    about: 'the claim that roles are made of; dots lead into it, as realm_access.roles',
  },
  {
    name: 'OIDC_ROLES',
    fallback: '',
    sample: 'desk-managers=manager,callers=caller,*=viewer',
    about:
      'which value of the claim makes a manager, caller or viewer, by comma; * is everybody whom the provider lets in; it never makes an owner',
  },
  {
    name: 'DELIVERY_ALLOW',
    fallback: '',
    about:
      'hosts, addresses or CIDR blocks of your own network that leads may be delivered to, by comma; all others must be on the open internet, by https',
  },
  {
    name: 'TIME_ZONE',
    fallback: 'UTC',
    about: 'zone of the times that people read in chat and mail, such as Asia/Tehran',
  },
  {
    name: 'BACKUP_KEY',
    fallback: '',
    about:
      'what backups are encrypted with, 32 characters or more; kept elsewhere than they are, and without it they are lost',
  },
  { name: 'BACKUP_DIR', fallback: 'backups', about: 'the folder of backups, best on a disk of its own' },
  {
    name: 'BACKUP_REDIS_DIR',
    fallback: '',
    about:
      'the data folder of Redis, as `bun run backup` can read it; empty: what waits in Redis is not in backups',
  },
  {
    name: 'BACKUP_COPY_ENDPOINT',
    fallback: '',
    sample: 'https://s3.example.com',
    about: 'object storage that gets a copy of each backup, best at another provider; empty: none',
  },
  { name: 'BACKUP_COPY_BUCKET', fallback: '', about: 'the bucket of the copies, which nobody else may read' },
  { name: 'BACKUP_COPY_ACCESS_KEY', fallback: '', about: 'access key of that bucket' },
  { name: 'BACKUP_COPY_SECRET_KEY', fallback: '', about: 'secret key that belongs to it' },
  {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    fallback: '',
    sample: 'http://localhost:4318',
    about: 'a collector that takes OTLP over HTTP, for traces of submissions; empty: none are made',
  },
  {
    name: 'OTEL_TRACES_SAMPLER_ARG',
    fallback: '0.01',
    about: 'the share of visitors who are followed, 0 to 1',
  },
  {
    name: 'SECRET_KEY',
    fallback: '',
    about: 'keys the hashes of phones; 32 characters or more, never changed while leads are kept',
  },
  { name: 'LOG_LEVEL', fallback: 'info', about: 'debug, info, warn or error' },
  { name: 'DATA_DIR', fallback: '.data', about: 'what services started by `bun run start` keep' },
]

/** All that is wrong with the settings, each fault a sentence. Values are never repeated in it. */
export class InvalidConfig extends Error {
  constructor(readonly faults: readonly string[]) {
    super(`Landfast cannot start with these settings:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`)
    this.name = 'InvalidConfig'
  }
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads all settings, `NAME_FILE` before `NAME`, and freezes the result.
 * @throws InvalidConfig with every fault at once.
 */
export function readConfig(env: Environment): Config {
  const faults: string[] = []
  const fault = (sentence: string) => {
    faults.push(sentence)
  }

  const known = new Map<string, string>()
  const unreadable = new Set<string>()
  const text = (name: string): string => {
    const value = known.get(name) ?? readText(name)
    known.set(name, value)
    return value
  }
  const readText = (name: string): string => {
    const file = env[`${name}_FILE`]
    if (file) {
      try {
        return readFileSync(file, 'utf8').trim()
      } catch {
        unreadable.add(name)
        fault(`${name}_FILE names a file that cannot be read`)
        return ''
      }
    }
    const set = env[name]?.trim()
    return set ? set : (settings.find((setting) => setting.name === name)?.fallback ?? '')
  }
  const optional = (name: string) => text(name) || undefined
  const list = (name: string) =>
    text(name)
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean)
  const integer = (name: string, least: number, most: number, fallback?: number): number => {
    const raw = text(name)
    if (raw === '' && fallback !== undefined) return fallback
    const value = Number(raw)
    if (Number.isInteger(value) && value >= least && value <= most) return value
    fault(`${name} must be a whole number from ${least} to ${most}`)
    return least
  }
  const oneOf = <T extends string>(name: string, choices: readonly T[]): T => {
    const value = text(name) as T
    if (choices.includes(value)) return value
    fault(`${name} must be one of ${choices.join(', ')}`)
    return choices[0]!
  }
  const address = (name: string, rule: AddressRule): string | undefined => {
    const value = text(name)
    if (!value) return undefined
    const sentence = faultInAddress(name, value, rule)
    if (sentence) fault(sentence)
    return sentence ? undefined : value
  }
  const store = (
    name:
      | `${'' | 'WORKER_' | 'MIGRATE_'}DATABASE_URL`
      | 'DATABASE_REPLICA_URL'
      | `REDIS_${'' | 'CACHE_'}URL`
      | 'MONGO_URL',
    rule: AddressRule,
  ) => {
    const password = text(`${name}_PASSWORD`)
    const value = address(name, rule)
    return value && withPassword(value, password)
  }

  const environment = oneOf('NODE_ENV', ['development', 'production', 'test'])
  const ackMode = text('ACK_MODE') === '' ? 'redis' : oneOf('ACK_MODE', ['redis', 'pg'])
  const databaseUrl = store('DATABASE_URL', databaseAddress)
  const redisUrl = store('REDIS_URL', redisAddress)
  const isCluster = /^rediss?\+cluster:/.test(redisUrl ?? '')
  const redisShards = integer('REDIS_SHARDS', 1, 12, isCluster ? 12 : 1)
  const secretKey = text('SECRET_KEY')
  const rateLimitRpm = integer('RATE_LIMIT_RPM', 0, 1_000_000)
  const corsOrigins = list('CORS_ORIGINS')
  const allowedHosts = list('ALLOWED_HOSTS').map((host) => host.toLowerCase().replace(/\.$/, ''))
  const scriptSources = list('CSP_SCRIPT_SOURCES')
  const trustedProxies = list('TRUSTED_PROXIES')
  const deliveryAllow = list('DELIVERY_ALLOW')
  const eventTypes = list('EVENT_TYPES')
  const defaultRegion = optional('DEFAULT_REGION')?.toUpperCase()
  const givenUrl = address('PUBLIC_URL', originAddress)

  const isMissing = (name: string) => text(name) === '' && !unreadable.has(name)
  if (isMissing('DATABASE_URL')) fault('DATABASE_URL is missing: leads need a Postgres to be kept in')
  if (isMissing('REDIS_URL') && ackMode === 'redis')
    fault('REDIS_URL is missing: set it, or set ACK_MODE=pg to go through Postgres only')
  if (redisShards !== 12 && (redisShards !== 1 || isCluster))
    fault(`REDIS_SHARDS must be ${isCluster ? '12 with a cluster' : '1 or 12'}`)
  if (isCluster && isMissing('REDIS_CACHE_URL'))
    fault('REDIS_CACHE_URL is missing: beside a cluster, rate limits and the page need a Redis of their own')
  if (/^rediss?\+cluster:/.test(text('REDIS_CACHE_URL')))
    fault('REDIS_CACHE_URL must not be a cluster: name one Redis, or its sentinels')
  if (secretKey.length < 32)
    fault('SECRET_KEY must have 32 characters or more; `openssl rand -hex 32` makes one')
  for (const origin of corsOrigins)
    if (!URL.canParse(origin) || new URL(origin).origin !== origin || origin.includes('*'))
      fault('CORS_ORIGINS must list origins such as https://promo.example.com, without a path or a *')
  for (const source of scriptSources)
    if (!isScriptSource(source))
      fault(
        'CSP_SCRIPT_SOURCES must list origins over https such as https://www.example.com or https://*.example.com, without a path',
      )
  for (const host of allowedHosts)
    if (!/^(?:\*|(?:\*?\.)?[a-z0-9_-][a-z0-9_.-]*|\[[0-9a-f:.]+\])$/.test(host))
      fault(
        'ALLOWED_HOSTS must list names such as www.example.com, without scheme and port, as xn--… where they have other letters',
      )
  for (const type of eventTypes)
    if (!/^[a-z0-9_]{1,32}$/.test(type))
      fault('EVENT_TYPES must list names of a-z, 0-9 and _, at most 32 characters each')
  for (const proxy of trustedProxies)
    if (!isAddressBlock(proxy)) fault('TRUSTED_PROXIES must list addresses or CIDR blocks')
  for (const entry of deliveryAllow)
    if (!isAddressBlock(entry) && !/^[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/i.test(entry))
      fault('DELIVERY_ALLOW must list hosts, addresses or CIDR blocks such as crm.lan or 10.1.0.0/16')
  if (defaultRegion && !isSupportedCountry(defaultRegion))
    fault('DEFAULT_REGION must be a country code such as IR')

  if (!isTimeZone(text('TIME_ZONE'))) fault('TIME_ZONE must be the name of a zone such as Asia/Tehran')

  const listenAddress = text('LISTEN_ADDRESS')
  if (listenAddress !== '' && (isIP(listenAddress) === 0 || listenAddress.includes('%')))
    fault(
      'LISTEN_ADDRESS must be an address such as 127.0.0.1, ::1 or 0.0.0.0, or empty for all of the machine',
    )

  const port = integer('PORT', 0, 65_535)
  const workerPort = integer('WORKER_PORT', 0, 65_535)
  if (port === workerPort && port !== 0) fault('PORT and WORKER_PORT must differ')

  const config: Config = {
    environment,
    listenAddress,
    port,
    workerPort,
    // As browsers write it, without a port that goes without saying.
    publicUrl: new URL(givenUrl ?? `http://localhost:${port}`).origin,
    allowedHosts,
    corsOrigins,
    scriptSources,
    apiProcesses: integer('API_PROCESSES', 1, 256, processesByDefault),
    workerConcurrency: integer('WORKER_CONCURRENCY', 1, 256),
    ackMode,
    databaseUrl: databaseUrl ?? '',
    workerDatabaseUrl: store('WORKER_DATABASE_URL', databaseAddress) ?? databaseUrl ?? '',
    migrateDatabaseUrl: store('MIGRATE_DATABASE_URL', databaseAddress) ?? databaseUrl ?? '',
    databaseReplicaUrl: store('DATABASE_REPLICA_URL', databaseAddress),
    databasePoolMax: integer('DATABASE_POOL_MAX', 2, 1_000),
    redisUrl,
    redisShards,
    ackReplicas: integer('REDIS_ACK_REPLICAS', 0, 5, /^rediss?\+/.test(redisUrl ?? '') ? 1 : 0),
    redisCacheUrl: store('REDIS_CACHE_URL', redisAddress) ?? redisUrl,
    mongoUrl: store('MONGO_URL', mongoAddress),
    s3: readS3(text, address, fault),
    exports: readExports(text, fault),
    dedupWindowMs: integer('DEDUP_WINDOW_S', 1, 31_536_000) * 1000,
    duplicateSignal: oneOf('PUBLIC_DUPLICATE_SIGNAL', ['on', 'off']) === 'on',
    rateLimit: {
      perMinute: rateLimitRpm,
      burst: integer('RATE_LIMIT_BURST', 1, 1_000_000, Math.max(1, rateLimitRpm)),
    },
    trustedProxies,
    pageCacheTtlMs: integer('PAGE_CACHE_TTL_S', 1, 86_400) * 1000,
    pageDir: text('PAGE_DIR'),
    defaultRegion,
    leadRetentionDays: integer('LEAD_RETENTION_DAYS', 0, 36_500),
    leadArchiveDays: integer('LEAD_ARCHIVE_DAYS', 0, 36_500),
    requestLogTtlDays: integer('REQUEST_LOG_TTL_DAYS', 1, 3_650),
    requestLogArchiveDays: integer('REQUEST_LOG_ARCHIVE_DAYS', 0, 36_500),
    eventTypes,
    eventRetentionDays: integer('EVENT_RETENTION_DAYS', 1, 3_650),
    recordsPerDay: integer('RECORDS_PER_DAY', 0, 1_000_000_000_000),
    assignmentRetentionDays: integer('ASSIGNMENT_RETENTION_DAYS', 1, 3_650),
    auditRetentionDays: integer('AUDIT_RETENTION_DAYS', 1, 36_500),
    backupRetentionDays: integer('BACKUP_RETENTION_DAYS', 0, 36_500),
    eraseForm: oneOf('ERASE_FORM', ['off', 'on']) === 'on',
    firstOwner: readFirstOwner(text, fault),
    provider: readProvider(text, list, fault),
    secondFactor: oneOf('ADMIN_SECOND_FACTOR', ['optional', 'required']),
    deliveryAllow,
    timeZone: text('TIME_ZONE'),
    backup: readBackup({ text, address, fault }),
    tracing: readTracing(text, address, fault),
    secretKey,
    logLevel: oneOf('LOG_LEVEL', ['info', 'debug', 'warn', 'error']),
    dataDir: text('DATA_DIR'),
  }
  checkRequestArchive(config, fault)
  if (environment === 'production') faults.push(...weaknessesOf(config).refused)
  if (faults.length > 0) throw new InvalidConfig(faults)
  return Object.freeze(config)
}

function readTracing(
  text: (name: string) => string,
  address: (name: string, rule: AddressRule) => string | undefined,
  fault: (sentence: string) => void,
): Config['tracing'] {
  const url = address('OTEL_EXPORTER_OTLP_ENDPOINT', folderAddress)?.replace(/\/$/, '')
  const share = Number(text('OTEL_TRACES_SAMPLER_ARG') || Number.NaN)
  if (!(share >= 0 && share <= 1))
    fault('OTEL_TRACES_SAMPLER_ARG must be a share of visitors from 0 to 1, such as 0.01')
  return url ? Object.freeze({ url, share }) : undefined
}

function readS3(
  text: (name: string) => string,
  address: (name: string, rule: AddressRule) => string | undefined,
  fault: (sentence: string) => void,
): S3Config | undefined {
  const endpoint = address('S3_ENDPOINT', originAddress)
  const publicUrl = address('S3_PUBLIC_URL', folderAddress)?.replace(/\/$/, '')
  if (!endpoint) return undefined
  const accessKey = text('S3_ACCESS_KEY')
  const secretKey = text('S3_SECRET_KEY')
  if (!accessKey !== !secretKey)
    fault('S3_ACCESS_KEY and S3_SECRET_KEY belong together: set both, or neither')
  return Object.freeze({
    endpoint,
    region: text('S3_REGION'),
    accessKey,
    secretKey,
    bucket: text('S3_BUCKET'),
    publicUrl,
  })
}

function readExports(text: (name: string) => string, fault: (sentence: string) => void): Config['exports'] {
  const [bucket, accessKey, secretKey] = ['BUCKET', 'ACCESS_KEY', 'SECRET_KEY'].map((name) =>
    text(`EXPORT_${name}`),
  ) as [string, string, string]
  if (!bucket) return undefined
  const endpoint = text('S3_ENDPOINT')
  if (!(endpoint && accessKey && secretKey))
    fault(
      'EXPORT_BUCKET needs S3_ENDPOINT, EXPORT_ACCESS_KEY and EXPORT_SECRET_KEY: set all four, or no EXPORT_BUCKET',
    )
  if (bucket === text('S3_BUCKET'))
    fault('EXPORT_BUCKET must not be S3_BUCKET, whose media everybody may read')
  return Object.freeze({ endpoint, region: text('S3_REGION'), bucket, accessKey, secretKey })
}

// Half of them are for who is late, and half for an archive that is.
const leastTtlDays = 4

function checkRequestArchive(
  { exports, requestLogArchiveDays, requestLogTtlDays }: Config,
  fault: (sentence: string) => void,
): void {
  if (requestLogArchiveDays === 0) return
  if (!exports) fault('REQUEST_LOG_ARCHIVE_DAYS needs EXPORT_BUCKET: set both, or neither')
  if (requestLogTtlDays < leastTtlDays || requestLogArchiveDays <= requestLogTtlDays)
    fault(
      `REQUEST_LOG_ARCHIVE_DAYS must be more than REQUEST_LOG_TTL_DAYS, and that ${leastTtlDays} or more: so long it lies in MongoDB first`,
    )
}

function readBackup({
  text,
  address,
  fault,
}: Readonly<{
  text: (name: string) => string
  address: (name: string, rule: AddressRule) => string | undefined
  fault: (sentence: string) => void
}>): BackupConfig {
  const key = text('BACKUP_KEY')
  if (key !== '' && key.length < 32)
    fault('BACKUP_KEY must have 32 characters or more; `openssl rand -hex 32` makes one')
  const endpoint = address('BACKUP_COPY_ENDPOINT', originAddress)
  const [bucket, accessKey, secretKey] = ['BUCKET', 'ACCESS_KEY', 'SECRET_KEY'].map((name) =>
    text(`BACKUP_COPY_${name}`),
  ) as [string, string, string]
  if (endpoint && !(bucket && accessKey && secretKey))
    fault(
      'BACKUP_COPY_ENDPOINT needs BACKUP_COPY_BUCKET, BACKUP_COPY_ACCESS_KEY and BACKUP_COPY_SECRET_KEY: set all four, or none',
    )
  return Object.freeze({
    folder: text('BACKUP_DIR'),
    key,
    redisFolder: text('BACKUP_REDIS_DIR') || undefined,
    copy: endpoint
      ? Object.freeze({ endpoint, region: text('S3_REGION'), bucket, accessKey, secretKey })
      : undefined,
  })
}

function readFirstOwner(
  text: (name: string) => string,
  fault: (sentence: string) => void,
): Config['firstOwner'] {
  const [email, password] = [text('ADMIN_EMAIL'), text('ADMIN_PASSWORD')]
  if (email === '' && password === '') return undefined
  if (email === '' || password === '')
    fault('ADMIN_EMAIL and ADMIN_PASSWORD belong together: set both, or neither')
  else if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email))
    fault('ADMIN_EMAIL must be an address such as ann@example.com')
  else if ([...password].length < 12) fault('ADMIN_PASSWORD must have 12 characters or more')
  return Object.freeze({ email, password })
}

function readProvider(
  text: (name: string) => string,
  list: (name: string) => readonly string[],
  fault: (sentence: string) => void,
): ProviderConfig | undefined {
  const [issuer, clientId] = [text('OIDC_ISSUER'), text('OIDC_CLIENT_ID')]
  const clientSecret = text('OIDC_CLIENT_SECRET')
  const claim = text('OIDC_CLAIM')
  const given = list('OIDC_ROLES').map((entry) => entry.split(/=(?=[^=]*$)/))
  if (!issuer && !clientId && !clientSecret && given.length === 0) return undefined
  if (!issuer || !clientId || !clientSecret || given.length === 0)
    fault('OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET and OIDC_ROLES belong together: set all, or none')
  if (issuer && !isIssuer(issuer))
    fault('OIDC_ISSUER must be an address over https without ? and #, such as https://login.example.com')
  const roles = new Map<string, 'manager' | 'caller' | 'viewer'>()
  for (const [value, role] of given)
    if (value && (role === 'manager' || role === 'caller' || role === 'viewer')) roles.set(value, role)
    else
      fault(
        'OIDC_ROLES must list pairs such as desk-managers=manager, with manager, caller or viewer; owners are made by a link',
      )
  return Object.freeze({ issuer, clientId, clientSecret, claim, roles })
}

/** Over https, or on this very machine. */
function isIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, search, hash, username } = new URL(text)
  const isHere = protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
  return (protocol === 'https:' || isHere) && search + hash + username === ''
}

/** An origin in a policy: one over https, or of this very machine; never a word such as 'unsafe-inline'. */
function isScriptSource(text: string): boolean {
  const origin = text.replace(/^(https:\/\/)\*\.(?=[^.]+\.[^.]+)/, '$1')
  if (origin.includes('*') || !URL.canParse(origin) || new URL(origin).origin !== origin) return false
  return origin.startsWith('https:') || /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(origin)
}

function isAddressBlock(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/')
  const version = isIP(address)
  if (version === 0 || more.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
}

/** Of offsets such as +03:30 Postgres makes the opposite: there they count to the west. */
function isTimeZone(name: string): boolean {
  if (!/^[a-z]/i.test(name)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
