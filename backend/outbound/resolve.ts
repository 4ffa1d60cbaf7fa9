import { isIP } from 'node:net'
import { type Allowed, isMetadata, isPublic } from './addresses.ts'

/** All addresses of a name. Rejects where it has none. */
export type Lookup = (host: string) => Promise<readonly string[]>

/** An address that must not be asked. The message says what to do. */
export class Refused extends Error {}

/** Where to dial for an address, checked. */
export type Dialled = Readonly<{ url: URL; addresses: readonly string[] }>

/**
 * Finds the addresses behind a URL and refuses unless each of them may be dialled: a name with one good and one bad
 * address is not tried to be lucky with.
 * @throws Refused
 */
export async function resolveSafely(
  text: string,
  { lookup, allowed }: Readonly<{ lookup: Lookup; allowed: Allowed }>,
): Promise<Dialled> {
  const url = URL.parse(text)
  if (!url) throw new Refused('it is not an address such as https://example.com/leads')
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new Refused(`${url.protocol}// cannot be delivered to: use https`)
  if (url.username !== '' || url.password !== '')
    throw new Refused('a user or password in the address is not sent: give an Authorization header instead')
  const { host, addresses, areAllowed } = await checkedAddresses(url, { lookup, allowed })
  if (url.protocol === 'http:' && !areAllowed)
    throw new Refused(
      `${host} would get phone numbers in the clear: use https, or add ${host} to DELIVERY_ALLOW and restart`,
    )
  return { url, addresses }
}

/** The addresses behind the host of a URL, and whether it is one that was named as allowed. @throws Refused */
export async function checkedAddresses(
  url: URL,
  { lookup, allowed }: Readonly<{ lookup: Lookup; allowed: Allowed }>,
): Promise<Readonly<{ host: string; addresses: readonly string[]; areAllowed: boolean }>> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const addresses = isIP(host) !== 0 ? [host] : await addressesOf(host, lookup)
  const isAllowed = (address: string) =>
    !isMetadata(address) && (allowed.host(host) || allowed.address(address))
  for (const address of addresses) {
    if (isMetadata(address))
      throw new Refused(`${host} is where a cloud keeps credentials (${address}); nothing allows that`)
    if (!isPublic(address) && !isAllowed(address))
      throw new Refused(
        `${host} is not on the open internet (${address}). If it is meant, add ${host === address ? host : `${host} or ${address}`} to DELIVERY_ALLOW and restart`,
      )
  }
  return { host, addresses, areAllowed: addresses.every(isAllowed) }
}

async function addressesOf(host: string, lookup: Lookup): Promise<readonly string[]> {
  let found: readonly string[]
  try {
    found = await lookup(host)
  } catch {
    throw new Refused(`${host} has no address`)
  }
  if (found.length === 0) throw new Refused(`${host} has no address`)
  return found
}
