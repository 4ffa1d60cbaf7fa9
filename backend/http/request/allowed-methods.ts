type Route = Readonly<{ method: string; path: string }>

const every = new Set(['ALL', 'WS'])

/**
 * Tells the methods that a path is for, as Allow has them; undefined where no route names the path. Routes that take any
 * method refuse by themselves. A path that a route names as it is is that route's, though a parameter of another could be
 * any of its parts, as where a request is routed.
 */
export function methodsOf(routes: readonly Route[]): (path: string) => string | undefined {
  const methods = new Map<string, Set<string>>()
  for (const { method, path } of routes) {
    if (every.has(method)) continue
    const found = methods.get(path) ?? new Set()
    methods.set(path, found.add(method))
    if (method === 'GET') found.add('HEAD')
  }
  const patterns = [...methods]
    .sort(([one], [other]) => Number(one.includes(':')) - Number(other.includes(':')))
    .map(([path, found]) => [patternOf(path), [...found].sort().join(', ')] as const)
  return (path) => patterns.find(([pattern]) => pattern.test(path))?.[1]
}

function patternOf(path: string): RegExp {
  const parts = path
    .replace(/\/$/, '')
    .split('/')
    .map((part) => (part.startsWith(':') ? '[^/]+' : RegExp.escape(part)))
  return new RegExp(`^${parts.join('/')}/?$`)
}
