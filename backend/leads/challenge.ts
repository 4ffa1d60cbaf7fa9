import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'

/**
 * A riddle that costs its solver work and us none: which number from 0 to `max` gives, written behind `salt`, the
 * SHA-256 in `challenge`? Whoever made it is told by the signature, so nobody has to keep it.
 */
export type Challenge = Readonly<{
  algorithm: 'SHA-256'
  salt: string
  /** In hex. */
  challenge: string
  max: number
  /** ISO 8601. */
  expires_at: string
  signature: string
}>

/** The number that was found, and what the challenge said of itself. */
export type Proof = Readonly<{ salt: string; number: number; expires_at: string; signature: string }>

export type ChallengeDeps = Readonly<{ keyedHash(text: string): string; nowMs(): number }>

/** Long enough for an old phone and a visitor who is called away; short, as so long spent proofs are remembered. */
export const challengeTtlMs = 10 * 60_000
// The base64url of four short fields; anything longer is none of ours.
export const proofLengthMax = 512
const saltText = /^[\w-]{22}$/
const signatureText = /^[0-9a-f]{32}$/

/** Makes a challenge; each bit of difficulty doubles the work of solving it. */
export function makeChallenge(deps: ChallengeDeps, difficultyBits: number): Challenge {
  const max = 2 ** difficultyBits
  const salt = randomBytes(16).toString('base64url')
  const challenge = hashOf(salt, randomInt(max + 1))
  const expires_at = new Date(deps.nowMs() + challengeTtlMs).toISOString()
  const signature = sign(deps, salt, expires_at, challenge)
  return { algorithm: 'SHA-256', salt, challenge, max, expires_at, signature }
}

/** Reads what a client sent as `proof`: base64url of JSON. Undefined: no proof can look like that. */
export function readProof(text: string): Proof | undefined {
  if (text.length > proofLengthMax) return undefined
  try {
    const proof = JSON.parse(Buffer.from(text, 'base64url').toString()) as Readonly<
      Record<keyof Proof, unknown>
    >
    const { salt, number, expires_at, signature } = proof
    if (typeof salt !== 'string' || !saltText.test(salt)) return undefined
    if (typeof signature !== 'string' || !signatureText.test(signature)) return undefined
    if (typeof expires_at !== 'string' || typeof number !== 'number') return undefined
    return { salt, number, expires_at, signature }
  } catch {
    return undefined
  }
}

/** Whether a proof solves a challenge that was made with our key and has not expired. */
export function holds(deps: ChallengeDeps, proof: Proof): boolean {
  if (!(Date.parse(proof.expires_at) > deps.nowMs())) return false
  const expected = sign(deps, proof.salt, proof.expires_at, hashOf(proof.salt, proof.number))
  return timingSafeEqual(Buffer.from(expected), Buffer.from(proof.signature))
}

function hashOf(salt: string, number: number): string {
  return createHash('sha256').update(`${salt}${number}`).digest('hex')
}

function sign(deps: ChallengeDeps, salt: string, expiresAt: string, challenge: string): string {
  return deps.keyedHash(`challenge:${salt}:${expiresAt}:${challenge}`)
}
