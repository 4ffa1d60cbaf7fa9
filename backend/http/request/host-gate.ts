import { Problem } from '../../problem.ts'
import { hostAllowed } from './allowed-hosts.ts'

/** Says why a Host header is not answered here; undefined for one that is. */
export type HostGate = (host: string | null) => Problem | undefined

/**
 * Refuses hosts that are not listed, and those that no URL can hold. An empty list allows every readable name, and none
 * at all, as clients of HTTP/1.0 have it.
 */
export function createHostGate(allowedHosts: readonly string[]): HostGate {
  // Nearly every request comes with the same one.
  let lastGood: string | undefined
  return (host) => {
    if (host !== null && host === lastGood) return undefined
    if (host !== null && !isReadable(host)) return unreadableHost()
    if (!hostAllowed(host, allowedHosts))
      return new Problem('host_not_allowed', 'This host name is not answered here. See ALLOWED_HOSTS.')
    if (host !== null) lastGood = host
    return undefined
  }
}

export const unreadableHost = () =>
  new Problem('unreadable_request', 'The Host of this request is no name and no address.')

const hostForm = /^(?:\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::[0-9]{1,5})?$/

/** Whether it is written as a URL would have it: `0x7f.1` and `1.2.3.4.5` are numbers there, and no names. */
function isReadable(host: string): boolean {
  const lower = host.toLowerCase()
  if (!hostForm.test(lower)) return false
  const hostname = URL.parse(`http://${lower}/`)?.hostname
  return hostname !== undefined && (lower.startsWith('[') || lower.startsWith(hostname))
}
