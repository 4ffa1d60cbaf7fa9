/**
 * The path of the URL of a request, as it was sent. Like `queryOf` it reads no more of a URL than it needs and never
 * throws: `new URL` does for some Hosts.
 */
export function pathOf(url: string): string {
  const start = pathStart(url)
  const end = url.slice(start).search(/[?#]/)
  return end < 0 ? url.slice(start) : url.slice(start, start + end)
}

/** The query of the URL of a request; empty when it has none. */
export function queryOf(url: string): URLSearchParams {
  const [sent = ''] = url.split('#', 1)
  const start = sent.indexOf('?', pathStart(sent))
  return new URLSearchParams(start < 0 ? '' : sent.slice(start + 1))
}

function pathStart(url: string): number {
  if (url.startsWith('/')) return 0
  const start = url.indexOf('/', url.indexOf('://') + 3)
  return start < 0 ? url.length : start
}
