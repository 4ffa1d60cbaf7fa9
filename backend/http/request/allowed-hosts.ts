/**
 * Whether a Host header is one that is answered; the port does not matter, an empty list allows all.
 * `.example.com` stands for the domain and all below it, `*.example.com` for all below it.
 */
export function hostAllowed(hostHeader: string | null, allowedHosts: readonly string[]): boolean {
  if (allowedHosts.length === 0) return true
  if (!hostHeader) return false
  const host = hostName(hostHeader)
  return allowedHosts.some((allowed) => {
    if (allowed === '*' || allowed === host) return true
    if (allowed.startsWith('*.')) return endsBelow(host, allowed.slice(1))
    return allowed.startsWith('.') && (host === allowed.slice(1) || endsBelow(host, allowed))
  })
}

function hostName(hostHeader: string): string {
  const host = hostHeader.trim().toLowerCase()
  const port = host.lastIndexOf(':')
  const name = port > host.lastIndexOf(']') && host.indexOf(':') >= 0 ? host.slice(0, port) : host
  return name.endsWith('.') ? name.slice(0, -1) : name
}

function endsBelow(host: string, suffix: string): boolean {
  return host.length > suffix.length && host.endsWith(suffix)
}
