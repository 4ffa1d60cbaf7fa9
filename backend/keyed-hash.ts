/** A hash nobody can make without the key, in hex, 32 characters (16 bytes of HMAC-SHA256). */
export type KeyedHash = (text: string) => string

/**
 * Phones are few enough to try them all, so a plain hash of one can be undone; with a secret key it cannot.
 * The same text gives the same hash as long as the key stays the same.
 */
export function createKeyedHash(secretKey: string): KeyedHash {
  const keyed = new Bun.CryptoHasher('sha256', secretKey)
  return (text) => keyed.copy().update(text).digest('hex').slice(0, 32)
}

const addressesRemembered = 4_096
const hashesOfAddresses = new WeakMap<KeyedHash, Map<string, string>>()

/** The hash of a client's address. Who sends often, or stands behind one address with many, is hashed once. */
export function addressHashOf(keyedHash: KeyedHash, address: string): string {
  let known = hashesOfAddresses.get(keyedHash)
  if (!known || known.size >= addressesRemembered) {
    known = new Map()
    hashesOfAddresses.set(keyedHash, known)
  }
  let hash = known.get(address)
  if (hash === undefined) {
    hash = keyedHash(`ip:${address}`)
    known.set(address, hash)
  }
  return hash
}
