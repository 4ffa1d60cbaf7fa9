/** What a kind of address may hold. Whatever else it holds would be dropped in silence, so it is refused by name. */
export type AddressRule = Readonly<{
  protocols: readonly string[]
  /** What may stand behind the host, and how a person would say so. Default: nothing. */
  path?: Readonly<{ pattern: RegExp; words: string; required?: true }>
  /** The names that may stand behind the question mark; `any` where the driver itself refuses what it does not know. */
  query?: readonly string[] | 'any'
  /** Whether it may hold a user and a password. */
  credentials?: true
  /** Whether the driver takes several hosts. */
  severalHosts?: true
  /** Other kinds of address that are taken as well, with rules of their own. */
  or?: readonly AddressRule[]
}>

const anyPath = { pattern: /^/, words: '' }
const webAddress = { protocols: ['http:', 'https:'] }

export const databaseAddress: AddressRule = {
  protocols: ['postgres:', 'postgresql:'],
  path: anyPath,
  // Those that the driver reads. It takes any other for a setting of its own and forgets it.
  query: [
    ...['host', 'port', 'user', 'password', 'application_name', 'fallback_application_name', 'options'],
    ...['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'query_timeout'],
    ...['ssl', 'sslmode', 'sslcert', 'sslkey', 'sslrootcert', 'sslnegotiation', 'uselibpqcompat'],
  ],
  credentials: true,
}

const sentinelAddress: AddressRule = {
  protocols: ['redis+sentinel:', 'rediss+sentinel:'],
  path: { pattern: /^\/[\w.-]+$/, words: 'the name of the master', required: true },
  credentials: true,
  severalHosts: true,
}

const clusterAddress: AddressRule = {
  protocols: ['redis+cluster:', 'rediss+cluster:'],
  credentials: true,
  severalHosts: true,
}

export const redisAddress: AddressRule = {
  protocols: ['redis:', 'rediss:'],
  path: { pattern: /^(?:\/\d*)?$/, words: 'the number of a database' },
  query: ['db', 'family'],
  credentials: true,
  or: [sentinelAddress, clusterAddress],
}

export const mongoAddress: AddressRule = {
  protocols: ['mongodb:', 'mongodb+srv:'],
  path: anyPath,
  query: 'any',
  credentials: true,
  severalHosts: true,
}

/** Where requests go to under paths that others decide. */
export const originAddress: AddressRule = webAddress

/** What further parts of a path are put behind. */
export const folderAddress: AddressRule = { ...webAddress, path: anyPath }

/**
 * The fault in an address, as a sentence that repeats no value but the names behind its question mark; undefined when it
 * is well formed and every part of it will be used.
 */
export function faultInAddress(name: string, value: string, rule: AddressRule): string | undefined {
  const other = rule.or?.find(({ protocols }) => protocols.some((protocol) => value.startsWith(protocol)))
  if (other) return faultInAddress(name, value, other)
  const address = parsed(value)
  const authority = /^[^:]+:\/\/([^/?#]*)/.exec(value)?.[1] ?? ''
  // Without an @ in its place, the one that comes later belongs to a password that was cut by its own /, ? or #.
  const isCut = !authority.includes('@') && value.slice(value.indexOf('//') + authority.length).includes('@')
  if (rule.credentials && (isCut || (address && !isDecodable(address))))
    return (
      `${name} cannot be read: a #, /, ? or % of its password means something else in an address. ` +
      `Write it as its code, such as %23 for #, or leave the password out and set ${name}_PASSWORD to it`
    )
  const hosts = authority.slice(authority.lastIndexOf('@') + 1)
  if (rule.credentials && !rule.severalHosts && hosts.includes(','))
    return `${name} names several hosts, and is asked as one: name an address that leads to the one that takes writes`
  if (!address || !rule.protocols.includes(address.protocol))
    return `${name} must be an address that starts with ${rule.protocols.map((each) => `${each}//`).join(' or ')}`

  const { pattern, words, required } = rule.path ?? { pattern: /^\/?$/, words: 'nothing' }
  if (required && address.pathname.length < 2) return `${name} must have ${words} behind its hosts`
  if (!pattern.test(address.pathname))
    return `${name} may have ${words} behind its host, and no other path: it would not be used`
  if (address.hash !== '') return `${name} has a part behind a #, which would not be used: leave it out`
  if (!rule.credentials && (address.username !== '' || address.password !== ''))
    return `${name} has a user or a password, which would not be used: leave them out`
  const { query = [] } = rule
  if (query === 'any') return undefined
  const keys = [...address.searchParams.keys()]
  const unknown = keys.filter((key) => !query.includes(key))
  if (unknown.length > 0) {
    const told = unknown.map((key) => (/^[\w.-]{1,40}$/.test(key) ? `"${key}"` : 'something')).join(', ')
    return `${name} has ${told} behind its ?, which would not be used: leave it out, or set it where it belongs`
  }
  const before: Readonly<Record<string, string>> = {
    ...{ host: hosts.replace(/:\d*$/, ''), port: address.port, db: address.pathname.slice(1) },
    ...{ user: address.username, password: address.password },
  }
  const twice = keys.find((key, at) => before[key] || keys.indexOf(key) < at)
  return twice && `${name} says its ${twice} twice, and one of them would not be used: leave it out`
}

/** The address with a password where it holds none. The password is as it is, with whatever characters. */
export function withPassword(address: string, password: string): string {
  const [, start = '', credentials, rest = ''] = /^([^:]+:\/\/)(?:([^/?#]*)@)?(.*)$/s.exec(address) ?? []
  if (password === '' || start === '' || credentials?.includes(':')) return address
  return `${start}${credentials ?? ''}:${encodeURIComponent(password)}@${rest}`
}

function parsed(value: string): URL | undefined {
  const readable = value
    // An address of MongoDB, of sentinels or of a cluster may list several hosts, and one of Postgres may name its socket instead of a host.
    .replace(/^((?:mongodb|rediss?\+\w+):\/\/[^/?,]*),[^/?]*/, '$1')
    .replace(/^(postgres(?:ql)?:\/\/[^/?#]*@)\//, '$1socket/')
  return URL.canParse(readable) ? new URL(readable) : undefined
}

function isDecodable({ username, password }: URL): boolean {
  try {
    return decodeURIComponent(`${username}${password}`) !== undefined
  } catch {
    return false
  }
}
