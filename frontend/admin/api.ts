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

const known = new Map<string, Readonly<{ etag: string; said: unknown }>>()

/** For what is asked every few seconds: what has not changed does not travel again. @throws Refused */
export async function askAgain<Answer>(path: string): Promise<Answer> {
  const { etag, said } = known.get(path) ?? {}
  const answer = await send(path, { ...(etag && { headers: { 'if-none-match': etag } }) })
  if (answer.status === 304) return said as Answer
  const found = await read<Answer>(answer)
  const its = answer.headers.get('etag')
  if (its) known.set(path, { etag: its, said: found })
  return found
}

/** Asks the API for operators. @throws Refused */
export async function ask<Answer>(method: Method, path: string, body?: unknown): Promise<Answer> {
  const hasBody = method === 'POST' || method === 'PUT'
  const answer = await send(path, {
    method,
    ...(hasBody && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body ?? {}) }),
  })
  return read(answer)
}

const send = (path: string, how: RequestInit) =>
  fetch(`/api/admin${path}`, how).catch(() => {
    throw new Refused(0, 'offline')
  })

async function read<Answer>(answer: Response): Promise<Answer> {
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
