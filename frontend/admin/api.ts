/** What the API said in place of doing it. `code` is `offline` where it said nothing. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly errors: Readonly<Record<string, readonly string[]>> = {},
    readonly retryAfterS?: number,
    /** In the words of the API, which are English. */
    readonly detail?: string,
  ) {
    super(code)
  }
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** Asks the API for operators. @throws Refused */
export async function ask<Answer>(method: Method, path: string, body?: unknown): Promise<Answer> {
  const hasBody = method === 'POST' || method === 'PUT'
  const answer = await fetch(`/api/admin${path}`, {
    method,
    ...(hasBody && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body ?? {}) }),
  }).catch(() => {
    throw new Refused(0, 'offline')
  })
  const said: unknown = await answer.json().catch(() => undefined)
  if (answer.ok && said !== undefined) return said as Answer
  const { code, errors, detail } = (said ?? {}) as Partial<Pick<Refused, 'code' | 'errors' | 'detail'>>
  const retryAfterS = Number(answer.headers.get('retry-after') ?? Number.NaN)
  throw new Refused(
    answer.status,
    code ?? 'internal',
    errors,
    Number.isNaN(retryAfterS) ? undefined : retryAfterS,
    detail,
  )
}
