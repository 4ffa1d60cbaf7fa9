import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'
import { ipv4Number } from '../../limits/ipv4.ts'

/** Tells the address of the client that sent a request. */
export type ClientAddress = (request: Request, peer: Peer) => string

/** The server as a request sees it; null in tests that have no socket. */
export type Peer = Readonly<{
  requestIP(request: Request): { address: string } | null
  /** Sets how long this request may stand still. */
  timeout?(request: Request, seconds: number): void
}> | null

const mappedIPv4 = /^(?:0:0:0:0:0:|::)ffff:(?:0:)?(\d+\.\d+\.\d+\.\d+)$/i
const mappedIPv4InHex = /^(?:0:0:0:0:0:|::)ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i
const peersRemembered = 256

/**
 * Reads addresses of clients for a server that listens on `listenAddress`, or on all addresses when that is empty. To ask
 * for the peer is a system call and cost a submission a sixteenth of the API's CPU. It is left out where only a trusted
 * proxy can connect: listening on the loopback, to which nobody redirects packets from elsewhere, with all of it trusted.
 */
export function createClientAddress(trustedProxies: readonly string[], listenAddress = ''): ClientAddress {
  const behind = clientBehind(trustedProxies)
  const anyPeerIsTrusted = isLoopbackWithin(trustedProxies, listenAddress)
  return (request, peer) => {
    const forwardedFor = request.headers.get('x-forwarded-for')
    if (anyPeerIsTrusted && forwardedFor) return behind(listenAddress, forwardedFor)
    return behind(peer?.requestIP(request)?.address ?? '127.0.0.1', forwardedFor)
  }
}

/** Tells whether a request was sent to us by a trusted proxy, so that what it says of the request may be believed. */
export function createProxyTrust(
  trustedProxies: readonly string[],
  listenAddress = '',
): (request: Request, peer: Peer) => boolean {
  if (isLoopbackWithin(trustedProxies, listenAddress)) return () => true
  const isTrusted = readBlocks(trustedProxies)
  return (request, peer) => isTrusted(withoutMapping(peer?.requestIP(request)?.address ?? '127.0.0.1'))
}

/**
 * Tells the address of a client from the peer of its connection and the X-Forwarded-For header.
 * Believes X-Forwarded-For only as far as the chain of trusted proxies reaches: from its right end, the first
 * address that is no trusted proxy is the client. What a client writes itself stands further left and is never read.
 */
export function clientBehind(
  trustedProxies: readonly string[],
): (peer: string, forwardedFor: string | null) => string {
  if (trustedProxies.length === 0) return withoutMapping
  const isTrusted = readBlocks(trustedProxies)
  // The peers of an API behind a proxy are few and always the same; addresses in the header are not.
  const peers = new Map<string, boolean>()

  const isTrustedPeer = (peer: string): boolean => {
    const known = peers.get(peer)
    if (known !== undefined) return known
    if (peers.size >= peersRemembered) peers.clear()
    const trusted = isTrusted(peer)
    peers.set(peer, trusted)
    return trusted
  }

  return (rawPeer, forwardedFor) => {
    const peer = withoutMapping(rawPeer)
    if (!forwardedFor || !isTrustedPeer(peer)) return peer
    let nearest = peer
    let end = forwardedFor.length
    while (end > 0) {
      const comma = forwardedFor.lastIndexOf(',', end - 1)
      const address = readHop(forwardedFor.slice(comma + 1, end))
      if (address === undefined) return nearest
      if (!isTrusted(address)) return address
      nearest = address
      end = comma
    }
    return nearest
  }
}

/** Whom a limit counts: an IPv4 address, or the /64 of an IPv6 address, within which one client can choose freely. */
export function clientKey(address: string): string {
  if (!address.includes(':')) return address
  const plain = withoutMapping(address)
  return plain.includes(':') ? `${firstGroups(plain, 4)}::/64` : plain
}

/** Enough of an address to tell a region or a carrier, too little to tell a person: the /24, or the /48 of IPv6. */
export function maskAddress(address: string): string {
  const plain = withoutMapping(address)
  if (isIPv4(plain)) return `${plain.slice(0, plain.lastIndexOf('.'))}.*`
  return isIPv6(plain) ? `${firstGroups(plain, 3)}::/48` : ''
}

const allIPv4 = 2 ** 32

/** Whether an IPv6 block is so large that every IPv4 address, mapped, lies in it. */
function holdsAllIPv4(network: string, length: number): boolean {
  const list = new BlockList()
  list.addSubnet(network, length, 'ipv6')
  return list.check('0.0.0.0', 'ipv4') && list.check('255.255.255.255', 'ipv4')
}

function isLoopbackWithin(trustedProxies: readonly string[], listenAddress: string): boolean {
  if (listenAddress === '::1') return readBlocks(trustedProxies)('::1')
  const firstAndLast = ['127.0.0.0', '127.255.255.255']
  // One block has to hold them both, and so everything between.
  return (
    listenAddress.startsWith('127.') &&
    trustedProxies.some((block) => firstAndLast.every(readBlocks([block])))
  )
}

function readBlocks(blocks: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  const networks: (readonly [network: number, size: number])[] = []
  for (const block of blocks) {
    const [given = '', bits] = block.split('/')
    const family = isIPv4(given) ? 'ipv4' : 'ipv6'
    const own = family === 'ipv4' ? 32 : 128
    const length = Number(bits ?? own)
    list.addSubnet(given, length, family)
    const number = ipv4Number(withoutMapping(given))
    const size = 2 ** (own - length)
    if (number >= 0 && size <= allIPv4) networks.push([Math.floor(number / size), size])
    else if (holdsAllIPv4(given, length)) networks.push([0, allIPv4])
  }
  return (address) => {
    const number = ipv4Number(address)
    if (number < 0) return list.check(address, 'ipv6')
    for (const [network, size] of networks) if (Math.floor(number / size) === network) return true
    return false
  }
}

/** One entry of the header without brackets, port, zone and mapping. Undefined: not an address. */
function readHop(entry: string): string | undefined {
  let text = entry.trim()
  if (ipv4Number(text) >= 0) return text
  if (text.startsWith('[')) {
    const bracket = text.indexOf(']')
    if (bracket < 0 || !/^(:\d{1,5})?$/.test(text.slice(bracket + 1))) return undefined
    text = text.slice(1, bracket)
    if (!isIPv6(text)) return undefined
  } else {
    const colon = text.indexOf(':')
    const hasPort = colon > 0 && colon === text.lastIndexOf(':')
    if (hasPort) {
      if (!/^\d{1,5}$/.test(text.slice(colon + 1))) return undefined
      text = text.slice(0, colon)
    }
  }
  const zone = text.indexOf('%')
  if (zone >= 0) text = text.slice(0, zone)
  return isIP(text) === 0 ? undefined : withoutMapping(text)
}

function withoutMapping(address: string): string {
  // Most addresses are not mapped; a look at the first characters keeps the expressions off the hot path.
  if (!address.startsWith('::') && !address.startsWith('0:')) return address
  // As a socket for both families writes the address of an IPv4 client.
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice(7)
  const dotted = mappedIPv4.exec(address)
  if (dotted) return dotted[1]!
  const hex = mappedIPv4InHex.exec(address)
  if (!hex) return address
  const high = Number.parseInt(hex[1]!, 16)
  const low = Number.parseInt(hex[2]!, 16)
  return `${high >> 8}.${high & 0xff}.${low >> 8}.${low & 0xff}`
}

/** The first groups of an IPv6 address, each without leading zeros, so that every spelling gives the same text. */
function firstGroups(address: string, count: number): string {
  const [head = '', tail] = address.toLowerCase().split('::')
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const after = tail === '' ? [] : tail.split(':')
    const width = after.at(-1)?.includes('.') ? after.length + 1 : after.length
    for (let missing = 8 - groups.length - width; missing > 0; missing -= 1) groups.push('0')
    groups.push(...after)
  }
  return groups
    .slice(0, count)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')
}
