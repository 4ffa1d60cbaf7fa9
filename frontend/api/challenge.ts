import { beforeDeadline } from './deadline.ts'

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
async function fetchChallenge({ fetch, baseUrl }: ChallengeDeps): Promise<Challenge | undefined> {
  try {
    return await beforeDeadline(timeoutMs, async (signal) => {
      const response = await fetch(`${baseUrl}/api/challenge`, { cache: 'no-store', signal })
      const body = (await response.json()) as Challenge & { algorithm: string }
      return response.ok && body.algorithm === 'SHA-256' ? body : undefined
    })
  } catch {
    return undefined
  }
}

/** Fetches a challenge and has its work done. Undefined when that cannot be done now; never throws. */
export async function proveBy(
  deps: ChallengeDeps,
  solve: (challenge: Challenge) => Promise<number | undefined>,
): Promise<string | undefined> {
  const challenge = await fetchChallenge(deps)
  const number = challenge && (await solve(challenge))
  return number === undefined ? undefined : proofOf(challenge!, number)
}

/** What goes out with the submission in return. */
export function proofOf({ salt, expires_at, signature }: Challenge, number: number): string {
  const proof = JSON.stringify({ salt, number, expires_at, signature })
  return btoa(proof).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
