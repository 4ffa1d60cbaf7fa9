/** What is looked at of the settings. */
export type LookedAt = Readonly<{
  environment: string
  secretKey: string
  trustedProxies: readonly string[]
  publicUrl: string
  databaseUrl: string
  workerDatabaseUrl: string
  migrateDatabaseUrl: string
  redisUrl?: string
  redisCacheUrl?: string
  mongoUrl?: string
  s3?: Readonly<{ accessKey: string; secretKey: string }>
}>

/**
 * What is weak in settings that are well formed. `refused` has no use that anybody could mean, so production does not start
 * with it; `told` may be wanted, and is said once at every start. Each is a sentence, and none repeats a value.
 */
export type Weaknesses = Readonly<{ refused: readonly string[]; told: readonly string[] }>

const guessed = new Set(
  'landfast postgres postgresql redis mongo mongodb minio minioadmin admin administrator root user guest test secret password passwd changeme change-me example sample default insecure foobared 12345678 123456 qwerty letmein'.split(
    ' ',
  ),
)
// What compose and `bun run start` call it.
const ownerOfStorage = 'landfast'
const distinctLeast = 8
const repeatedUnitMost = 8

/** Looks for what a stranger could guess, read or send themselves. */
export function weaknessesOf(config: LookedAt): Weaknesses {
  const refused: string[] = []
  const told: string[] = []
  if (isGuessable(config.secretKey))
    refused.push('SECRET_KEY is a sample or a pattern: make one with `openssl rand -hex 32`')
  for (const block of config.trustedProxies)
    if (holdsStrangers(block)) {
      refused.push(
        'TRUSTED_PROXIES trusts nearly everybody, who could then name any address as their own: list the addresses of your proxies',
      )
      break
    }
  for (const [name, url] of storesOf(config)) {
    const { password, host } = credentialsIn(url)
    if (password === undefined)
      told.push(
        `${name} has no password: whoever reaches ${isLoopback(host) ? 'that port' : 'that host'} reads and deletes leads`,
      )
    else if (isSamplePassword(url)) refused.push(`${name} holds a sample password`)
  }
  if (config.s3 && [config.s3.accessKey, config.s3.secretKey].some((each) => each === 'minioadmin'))
    refused.push('S3_ACCESS_KEY and S3_SECRET_KEY are those that MinIO starts with: make a user of your own')
  else if (config.s3 && guessed.has(config.s3.secretKey.toLowerCase()))
    refused.push('S3_SECRET_KEY is a sample value')
  else if (config.s3?.accessKey === ownerOfStorage)
    told.push(
      'S3_ACCESS_KEY is that of the owner of the storage: whoever gets into the API could change and delete every file. API and worker read without a key what `bun run media:setup` has opened',
    )
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

/** Few characters, a short text again and again, or a word that begins every example. */
function isGuessable(secret: string): boolean {
  if (/^(?:change|replace|secret|example|insecure|password|test|your)/i.test(secret)) return true
  if (new Set(secret).size < distinctLeast) return true
  for (let unit = 1; unit <= repeatedUnitMost; unit++)
    if (
      secret ===
      secret
        .slice(0, unit)
        .repeat(Math.ceil(secret.length / unit))
        .slice(0, secret.length)
    )
      return true
  return /^(?:0123456789|abcdefghij|qwertyuiop)/i.test(secret)
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
    ['REDIS_URL', config.redisUrl],
    ['REDIS_CACHE_URL', cache],
    ['MONGO_URL', config.mongoUrl],
  ] as const
  return all.flatMap(([name, url]) => (url ? [[name, url] as const] : []))
}

/** Of an address of one host or several; `password` is undefined where there is none. */
function credentialsIn(url: string): Readonly<{ user: string; password?: string; host: string }> {
  const [, authority = ''] = /^[^:]+:\/\/([^/?#]*)/.exec(url) ?? []
  const at = authority.lastIndexOf('@')
  const host = authority
    .slice(at + 1)
    .split(',')[0]!
    .replace(/:\d+$/, '')
  const [user = '', ...rest] = at < 0 ? [''] : authority.slice(0, at).split(':')
  const password = rest.join(':')
  return { user: decoded(user), host, ...(password !== '' && { password: decoded(password) }) }
}

function isSamplePassword(url: string): boolean {
  const { user, password = '' } = credentialsIn(url)
  return (
    guessed.has(password.toLowerCase()) || (user !== '' && password === user) || new Set(password).size < 3
  )
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
function holdsStrangers(block: string): boolean {
  const [address = '', bits] = block.split('/')
  if (bits === undefined) return false
  const length = Number(bits)
  if (!address.includes(':')) return length < 8
  const number = numberOfIPv6(address)
  if (number === undefined) return false
  const touches = (other: Block) => haveInCommon({ number, length }, other)
  return (length < mapped.length + 8 && touches(mapped)) || (length < 16 && touches(everybody))
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
