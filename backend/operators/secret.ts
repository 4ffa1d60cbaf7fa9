import { createHash, randomBytes } from 'node:crypto'

/** What lets somebody in, shown once: its text, and the hash that is kept of it. */
export type Secret = Readonly<{ text: string; hash: Uint8Array }>

const bytes = 32
const pattern = /^[A-Za-z0-9_-]{43}$/

/** 256 random bits. */
export function newSecret(): Secret {
  const text = randomBytes(bytes).toString('base64url')
  return { text, hash: hashOf(text) }
}

/** The hash of a secret, or undefined where the text is not written like one. */
export function secretHash(text: string): Uint8Array | undefined {
  return pattern.test(text) ? hashOf(text) : undefined
}

/** How a secret that we made is kept. It is random enough: nothing slower is needed to keep it from being guessed. */
export const hashOf = (text: string): Uint8Array => createHash('sha256').update(text).digest()
