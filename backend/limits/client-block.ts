/**
 * The /48 of a client that is known by its IPv6 /64: networks are given out in blocks of that size, and whoever has one can
 * be 65,536 clients. Undefined for IPv4, where an address is what one gets.
 */
export function blockOf(client: string): string | undefined {
  if (!client.endsWith('::/64')) return undefined
  const groups = client.slice(0, -'::/64'.length).split(':')
  return `${groups.slice(0, 3).join(':')}::/48`
}
