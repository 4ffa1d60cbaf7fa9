import { Problem } from '../../problem.ts'

/**
 * Reads a JSON body of at most `bytesMax`.
 * @throws Problem `unsupported_media_type`, `body_too_large` or `invalid_json`.
 */
export async function readJsonBody(request: Request, bytesMax: number): Promise<unknown> {
  const type = (request.headers.get('content-type') ?? '').split(';', 1)[0]!.trim().toLowerCase()
  if (type !== 'application/json') throw new Problem('unsupported_media_type', 'Send application/json.')
  const tooLarge = () => new Problem('body_too_large', `The body may have ${bytesMax} bytes.`)
  if (Number(request.headers.get('content-length')) > bytesMax) throw tooLarge()
  const text = await request.text().catch((error) => {
    throw unreadBody(error, tooLarge)
  })
  if (Buffer.byteLength(text) > bytesMax) throw tooLarge()
  return parseJson(text)
}

/**
 * Why a body could not be read. Visitors who leave in the middle are everyday; the server's own ceiling is only met by a
 * body without a length.
 */
export function unreadBody(error: unknown, tooLarge: () => Problem): Problem {
  if (error instanceof Error && error.message.includes('maxRequestBodySize')) return tooLarge()
  return new Problem('invalid_json', 'The body did not arrive whole.')
}

/** @throws Problem `invalid_json`. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Problem('invalid_json', 'The body is not valid JSON.')
  }
}
