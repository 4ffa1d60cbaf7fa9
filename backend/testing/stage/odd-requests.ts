import { rawRequest } from './raw-request.ts'

/** Ways to write a path so that two who read it may come to different places. */
const spellings: readonly ((path: string) => string)[] = [
  (path) => path,
  (path) => `${path}\\x/..`,
  (path) => `${path}\\x/../`,
  (path) => `${path}/..\\`,
  (path) => `${path}\\..`,
  (path) => `${path}/..`,
  (path) => `${path}/../`,
  (path) => `${path}/.`,
  (path) => `${path}/`,
  (path) => `${path}//`,
  (path) => `${path}%2f`,
  (path) => `${path}%5c`,
  (path) => `${path}%00`,
  (path) => `${path}%0a`,
  (path) => `${path}%20`,
  (path) => `${path}%3f`,
  (path) => `${path}%23`,
  (path) => `${path}%252f..`,
  (path) => `${path};x=y`,
  (path) => `${path}?x=${path}\\..\\..`,
  (path) => `${path}?variant=hero.b`,
  (path) => `${path}#/robots.txt`,
  (path) => `${path}\xc3\xa9`,
  (path) => `${path}\x7f`,
  (path) => `${path}\x01`,
  (path) => `${path} x`,
  (path) => `/${path}`,
  (path) => `/.${path}`,
  (path) => `/x/..${path}`,
  (path) => `/x/..${path.replaceAll('/', '\\')}`,
  (path) => `/x\\..${path}`,
  (path) => `/x\\..${path.replaceAll('/', '\\')}`,
  (path) => `/x/..${path.replaceAll('/', '%5c')}`,
  (path) => `/x/%2e%2e${path}`,
  (path) => `/x%2f..${path}`,
  (path) => `/x/.%2E/${path.slice(1)}`,
  (path) => `/assets/..${path.replaceAll('/', '\\')}`,
  (path) => `/en/..${path.replaceAll('/', '\\')}`,
  (path) => path.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
  (path) => path.replaceAll('/', '%2f'),
  (path) => path.replaceAll('/', '\\'),
  (path) => path.toUpperCase(),
  (path) => path.slice(1),
  (path) => `@other.example${path}`,
  (path) => `/x${'/..'.repeat(40)}${path}`,
  (path) => `${path}${'/.'.repeat(40)}`,
]

const methods = ['FOO', 'get', 'TRACE', 'CONNECT', 'PROPFIND', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'QUERY']
const methodsToTake = new Set(['/api/leads', '/api/submit', '/api/events'])

/**
 * Raw requests for these paths, in every spelling under every Host, in every form of an address, and with every method.
 * What is sent to the routes that take something can be taken by none of them.
 */
export function oddRequests(input: {
  paths: readonly string[]
  host: string
  hosts: readonly string[]
  headers: readonly string[]
}): string[] {
  const { paths, host, hosts, headers } = input
  const request = (path: string, target: string, sent: string, method?: string) => {
    const posts = methodsToTake.has(path)
    return rawRequest({
      target,
      host: sent,
      headers,
      method: method ?? (posts ? 'POST' : 'GET'),
      ...(posts && { body: '{"phone":"x"}' }),
    })
  }
  return paths.flatMap((path) => [
    ...spellings.flatMap((spell) => [
      ...[host, ...hosts].map((sent) => request(path, spell(path), sent)),
      request(path, `http://${host}${spell(path)}`, host),
      request(path, `http://other.example${spell(path)}`, host),
      request(path, `HTTPS://${host}${spell(path)}`, 'other.example'),
    ]),
    ...methods.map((method) => request(path, path, host, method)),
  ])
}
