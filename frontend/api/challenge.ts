/** Work that the API asks for before it takes a submission: a number, found by trying. */
export type Challenge = Readonly<{
  salt: string
  /** SHA-256 of the salt and the number, in hex. */
  challenge: string
  /** The number is between 0 and this. */
  max: number
  expires_at: string
  signature: string
}>

export type ChallengeDeps = Readonly<{
  fetch: (url: string, init: RequestInit) => Promise<Response>
  baseUrl: string
}>

const timeoutMs = 10_000

/** Asks for a challenge. Undefined when there is none to be had now, or none that this page knows how to solve. */
export async function fetchChallenge({ fetch, baseUrl }: ChallengeDeps): Promise<Challenge | undefined> {
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), timeoutMs)
  try {
    const response = await fetch(`${baseUrl}/api/challenge`, { cache: 'no-store', signal: deadline.signal })
    const body = (await response.json()) as Challenge & { algorithm: string }
    return response.ok && body.algorithm === 'SHA-256' ? body : undefined
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}

/** What goes out with the submission in return. */
export function proofOf({ salt, expires_at, signature }: Challenge, number: number): string {
  const proof = JSON.stringify({ salt, number, expires_at, signature })
  return btoa(proof).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
