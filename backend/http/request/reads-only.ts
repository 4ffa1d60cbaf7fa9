import { Problem } from '../../problem.ts'

/**
 * How a wildcard route that answers GET and HEAD is registered, with `all`: Elysia answers HEAD of a wildcard GET
 * itself, by reading the whole body to count it.
 */
export const readsOnly = { parse: 'none', detail: { hide: true } } as const

/** Refuses every method but GET and HEAD. */
export function onlyReads(request: Request): void {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    throw new Problem('method_not_allowed', 'This address can only be read.')
}
