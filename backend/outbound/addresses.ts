import { BlockList, isIP } from 'node:net'

/** Blocks that nobody on the internet can be found at, or that lead back into some network by another name. */
const notPublicV4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...[
    '192.0.0.0/24',
    '192.0.2.0/24',
    '192.31.196.0/24',
    '192.52.193.0/24',
    '192.88.99.0/24',
    '192.168.0.0/16',
  ],
  ...['192.175.48.0/24', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
]
/** Of IPv6 all that is public lies in one block; what is named here lies in it and is not. */
const publicV6 = '2000::/3'
const notPublicV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20']

/** Where clouds tell a machine its credentials: nobody has a webhook there, so no setting allows it. */
const metadata = [
  ...[
    '169.254.169.254/32',
    '169.254.170.2/32',
    '169.254.170.23/32',
    '100.100.100.200/32',
    '168.63.129.16/32',
  ],
  ...['169.254.0.23/32', '192.0.0.192/32', 'fd00:ec2::254/128', 'fd00:ec2::23/128', 'fd20:ce::254/128'],
  ...['fd00:c1::a9fe:a9fe/128', 'fe80::a9fe:a9fe/128'],
]

const blocked = listOf(notPublicV4)
const inPublicV6 = listOf([publicV6])
const blockedV6 = listOf(notPublicV6)
const metadataList = listOf(metadata)

/** Whether an address is one of the open internet, so that to dial it reaches nobody who relies on not being reachable. */
export function isPublic(address: string): boolean {
  const version = isIP(address)
  if (version === 4) return !blocked.check(address, 'ipv4') && !isMetadata(address)
  if (version === 6 && !address.includes('%'))
    return inPublicV6.check(address, 'ipv6') && !blockedV6.check(address, 'ipv6')
  return false
}

export function isMetadata(address: string): boolean {
  const inner = innerV4(address)
  return (
    metadataList.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6') ||
    (inner !== undefined && isMetadata(inner))
  )
}

/** The IPv4 address that an IPv6 one stands for: mapped, or to be translated on the way. */
function innerV4(address: string): string | undefined {
  if (isIP(address) !== 6 || address.includes('%')) return undefined
  // The parser of addresses writes each in one way.
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [, high, low] = /^(?:::ffff:|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(groups) ?? []
  if (high === undefined || low === undefined) return undefined
  const [left, right] = [Number.parseInt(high, 16), Number.parseInt(low, 16)]
  return [left >> 8, left & 255, right >> 8, right & 255].join('.')
}

/** Who may be reached beside the open internet. */
export type Allowed = Readonly<{
  /** By the name or address in the endpoint's own address. */
  host(host: string): boolean
  /** By the address that is dialled. */
  address(address: string): boolean
}>

/** Reads entries of `DELIVERY_ALLOW`: names of hosts, addresses, and blocks such as `10.1.0.0/16`. */
export function allowedOf(entries: readonly string[]): Allowed {
  const names = new Set(entries.map((entry) => entry.toLowerCase()))
  const blocks = listOf(entries.filter((entry) => isIP(entry.split('/')[0]!) !== 0))
  return {
    host: (host) => names.has(host.toLowerCase()),
    address: (address) => blocks.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6'),
  }
}

function listOf(blocks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const block of blocks) {
    const [address = '', bits] = block.split('/')
    const version = isIP(address) === 4 ? 'ipv4' : 'ipv6'
    list.addSubnet(address, bits === undefined ? (version === 'ipv4' ? 32 : 128) : Number(bits), version)
  }
  return list
}
