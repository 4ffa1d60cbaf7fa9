// What those who scrape send, and the browser of somebody who looks. Proxies have more names for their headers than anybody
// could list, so that all others are taken for one of theirs.
const sentByOneself = new Set([
  ...[
    'host',
    'connection',
    'keep-alive',
    'user-agent',
    'te',
    'authorization',
    'cookie',
    'referer',
    'origin',
    'priority',
  ],
  ...[
    'accept',
    'accept-charset',
    'accept-encoding',
    'accept-language',
    'cache-control',
    'pragma',
    'dnt',
    'save-data',
  ],
  ...['if-none-match', 'if-modified-since', 'upgrade-insecure-requests', 'content-length', 'content-type'],
  ...['traceparent', 'tracestate', 'baggage', 'x-prometheus-scrape-timeout-seconds'],
])

/**
 * Whether somebody passed this request on. What is for our own network alone is not answered then: a mistake in a proxy
 * in front shows nothing.
 */
export function cameThroughProxy(headers: Headers): boolean {
  for (const name of headers.keys()) if (!sentByOneself.has(name) && !name.startsWith('sec-')) return true
  return false
}
