import { isPatternedKey, isSamplePassword } from './weak-secrets.ts'

/** What is looked at of the settings. */
export type LookedAt = Readonly<{
  environment: string
  secretKey: string
  trustedProxies: readonly string[]
  deliveryAllow: readonly string[]
  publicUrl: string
  databaseUrl: string
  workerDatabaseUrl: string
  migrateDatabaseUrl: string
  databaseReplicaUrl?: string
  redisUrl?: string
  redisCacheUrl?: string
  mongoUrl?: string
  firstOwner?: Readonly<{ email: string; password: string }>
  s3?: Readonly<{ accessKey: string; secretKey: string }>
}>

/**
 * What is weak in settings that are well formed. `refused` has no use that anybody could mean, so production does not start
 * with it; `told` may be wanted, and is said once at every start. Each is a sentence, and none repeats a value.
 */
export type Weaknesses = Readonly<{ refused: readonly string[]; told: readonly string[] }>

// What compose and `bun run start` call it.
const ownerOfStorage = 'landfast'

/** Looks for what a stranger could guess, read or send themselves. */
export function weaknessesOf(config: LookedAt): Weaknesses {
  const refused: string[] = []
  const told: string[] = []
  if (isPatternedKey(config.secretKey))
    refused.push('SECRET_KEY is a sample or a pattern: make one with `openssl rand -hex 32`')
  if (config.trustedProxies.some(holdsStrangers) || holdMuchTogether(config.trustedProxies))
    refused.push(
      'TRUSTED_PROXIES trusts nearly everybody, who could then name any address as their own: list the addresses of your proxies',
    )
  if (config.deliveryAllow.some(holdsNearlyAll) || holdMuchTogether(config.deliveryAllow))
    refused.push(
      'DELIVERY_ALLOW lets deliveries go to nearly every address, those of your own servers among them: list the addresses or blocks of your receivers',
    )
  for (const [name, url] of storesOf(config)) {
    const { user, passwords, host } = credentialsIn(url)
    if (passwords.length === 0)
      told.push(
        `${name} has no password: whoever reaches ${isLoopback(host) ? 'that port' : 'that host'} reads and deletes leads`,
      )
    else if (passwords.some((each) => isSamplePassword(each, user)))
      refused.push(`${name} holds a sample password`)
  }
  if (config.s3 && [config.s3.accessKey, config.s3.secretKey].some((each) => /minioadmin/i.test(each)))
    refused.push('S3_ACCESS_KEY and S3_SECRET_KEY are those that MinIO starts with: make a user of your own')
  else if (config.s3?.secretKey && isSamplePassword(config.s3.secretKey, config.s3.accessKey))
    refused.push('S3_SECRET_KEY is a sample value, or that of S3_ACCESS_KEY')
  else if (config.s3?.accessKey === ownerOfStorage)
    told.push(
      'S3_ACCESS_KEY is that of the owner of the storage: whoever gets into the API could change and delete every file. API and worker read without a key what `bun run media:setup` has opened',
    )
  const { firstOwner } = config
  if (firstOwner?.email.split('@').some((part) => isSamplePassword(firstOwner.password, part)))
    refused.push('ADMIN_PASSWORD is a sample or a pattern, and whoever tries it reads every lead')
  const site = new URL(config.publicUrl)
  if (config.environment === 'production') {
    if (isLoopback(site.hostname))
      told.push(
        'PUBLIC_URL is an address of this machine: visitors, search engines and cookies need the one that visitors see',
      )
    else if (site.protocol === 'http:')
      told.push('PUBLIC_URL is http: what visitors type can be read on its way, and cookies are not Secure')
  } else if (!isLoopback(site.hostname) && !isPrivate(site.hostname))
    told.push(
      'NODE_ENV is not production, while PUBLIC_URL is public: unsafe settings are taken without a word',
    )
  return { refused, told }
}

function storesOf(config: LookedAt): (readonly [name: string, url: string])[] {
  const cache = config.redisCacheUrl === config.redisUrl ? undefined : config.redisCacheUrl
  const all = [
    ['DATABASE_URL', config.databaseUrl],
    [
      'WORKER_DATABASE_URL',
      config.workerDatabaseUrl === config.databaseUrl ? undefined : config.workerDatabaseUrl,
    ],
    [
      'MIGRATE_DATABASE_URL',
      config.migrateDatabaseUrl === config.databaseUrl ? undefined : config.migrateDatabaseUrl,
    ],
    ['DATABASE_REPLICA_URL', config.databaseReplicaUrl],
    ['REDIS_URL', config.redisUrl],
    ['REDIS_CACHE_URL', cache],
    ['MONGO_URL', config.mongoUrl],
  ] as const
  return all.flatMap(([name, url]) => (url ? [[name, url] as const] : []))
}

type Credentials = Readonly<{ user: string; passwords: readonly string[]; host: string }>

/** Of an address of one host or several. A driver may also read a password behind the question mark. */
function credentialsIn(url: string): Credentials {
  const [, authority = '', query = ''] = /^[^:]+:\/\/([^/?#]*)[^?#]*(?:\?([^#]*))?/.exec(url) ?? []
  const at = authority.lastIndexOf('@')
  const host = authority
    .slice(at + 1)
    .split(',')[0]!
    .replace(/:\d+$/, '')
  const [user = '', ...rest] = at < 0 ? [''] : authority.slice(0, at).split(':')
  const asked = new URLSearchParams(query)
  const passwords = [decoded(rest.join(':')), ...asked.getAll('password')]
  return {
    user: asked.get('user') ?? decoded(user),
    passwords: passwords.filter(Boolean),
    host: asked.get('host') ?? host,
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

type Block = Readonly<{ number: bigint; length: number }>
// Where every IPv4 address has its mapped form, and where addresses are that anybody may have.
const mapped: Block = { number: 0xffff_0000_0000n, length: 96 }
const everybody: Block = { number: 0x2n << 124n, length: 3 }

/** Blocks so large that strangers live in them: private networks are /8 and smaller, and fc00::/7 of IPv6. */
const holdsStrangers = (block: string) =>
  isLargerThan8(block, (given) => given.length < 16 && haveInCommon(given, everybody))

/** Blocks that are larger than any that a network has for itself: /8 of IPv4, in either spelling, and fc00::/7. */
const holdsNearlyAll = (block: string) => isLargerThan8(block, ({ length }) => length < 7)

/** An eighth of all IPv4 addresses in many blocks: no network has so many, and no company proxies. */
function holdMuchTogether(blocks: readonly string[]): boolean {
  const sizes = blocks.map((block) => {
    const [address = '', bits = '32'] = block.split('/')
    return /^[0-9.]+$/.test(address) ? 2 ** -Number(bits) : 0
  })
  return sizes.reduce((sum, size) => sum + size, 0) >= 1 / 8
}

/** Whether a block is larger than /8 of IPv4, in either spelling, or is too large as one of IPv6. */
function isLargerThan8(block: string, isTooLarge: (given: Block) => boolean): boolean {
  const [address = '', bits] = block.split('/')
  if (bits === undefined) return false
  const length = Number(bits)
  if (!address.includes(':')) return length < 8
  const number = numberOfIPv6(address)
  if (number === undefined) return false
  const given = { number, length }
  return isTooLarge(given) || (length < mapped.length + 8 && haveInCommon(given, mapped))
}

/** Of two blocks one lies within the other, or they have nothing in common. */
function haveInCommon(one: Block, other: Block): boolean {
  const behind = BigInt(128 - Math.min(one.length, other.length))
  return one.number >> behind === other.number >> behind
}

/** In whichever spelling. Undefined: none, which is told elsewhere. */
function numberOfIPv6(address: string): bigint | undefined {
  const plain = URL.parse(`http://[${address}]/`)?.hostname.slice(1, -1)
  if (plain === undefined) return undefined
  const [head = '', tail = ''] = plain.split('::').map((half) => half.split(':').filter(Boolean))
  const groups = [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail]
  return groups.reduce((number, group) => (number << 16n) + BigInt(`0x${group}`), 0n)
}

/** A host that is this machine itself. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase()
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '::1' ||
    /^127(?:\.\d+){3}$/.test(name) ||
    name === ''
  )
}

/** A name without a dot, or an address of a network at home. */
function isPrivate(host: string): boolean {
  return (
    !/[.:]/.test(host) ||
    /\.(?:local|lan|internal|home|test|example|invalid)$/.test(host) ||
    /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.)/.test(host) ||
    /^\[f[cde]/i.test(host)
  )
}
