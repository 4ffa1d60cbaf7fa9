const addedByProxies =
  /^(?:x-forwarded(?:-.+)?|forwarded|via|x-real-ip|x-(?:original|client|cluster|envoy|amzn|amz-cf|azure|appengine|cloud-trace|vercel|nf|proxy|varnish|cache|rewrite)(?:-.+)?|x-proxyuser-ip|(?:cf|fly|fastly|akamai|cdn|true-client|client|incap|sucuri|ali|wl-proxy|proxy)-.+)$/

/**
 * Whether somebody passed this request on. What is for our own network alone is not answered then: a mistake in a proxy
 * in front shows nothing.
 */
export function cameThroughProxy(headers: Headers): boolean {
  for (const name of headers.keys()) if (addedByProxies.test(name)) return true
  return false
}
