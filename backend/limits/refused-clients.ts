import type { RateLimit } from './rate-limit.ts'

// Whoever comes with a new address each time fills it, and counts under one name.
const networksMax = 1_000
const others = '(other)'

/** A limit that also remembers how often it refused whom, by their network, until that is taken from it. */
export function noteRefused<Limit extends Pick<RateLimit, 'take'>>(limit: Limit) {
  let refused = new Map<string, number>()
  function note(network: string, count: number): void {
    const name = refused.has(network) || refused.size < networksMax ? network : others
    refused.set(name, (refused.get(name) ?? 0) + count)
  }
  return {
    limit: {
      ...limit,
      take(client: string, count?: number): number {
        const waitS = limit.take(client, count)
        if (waitS > 0) note(networkOf(client), 1)
        return waitS
      },
    },
    /** What was refused since the last time. */
    taken(): ReadonlyMap<string, number> {
      const since = refused
      refused = new Map()
      return since
    },
    /** What was taken and could not be told is taken the next time. */
    giveBack(since: ReadonlyMap<string, number>): void {
      for (const [network, count] of since) note(network, count)
    },
  }
}

/** 203.0.113.x of an IPv4 address, and the /48 of an IPv6 one. */
export function networkOf(client: string): string {
  const v4 = /^(\d+\.\d+\.\d+)\.\d+$/.exec(client)
  if (v4) return `${v4[1]}.x`
  const groups = client.split(':')
  return groups.length > 2 ? `${groups.slice(0, 3).join(':')}::/48` : others
}
