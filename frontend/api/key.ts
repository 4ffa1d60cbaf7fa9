/** A key for one form fill: 128 random bits in hex. `crypto.randomUUID` is missing on plain http. */
export function newKey(): string {
  return Array.from(randomBytes(16), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function randomBytes(count: number): Uint8Array {
  const bytes = new Uint8Array(count)
  try {
    return crypto.getRandomValues(bytes)
  } catch {
    // Good enough to tell two form fills apart, which is all that is lost where a browser has nothing better.
    return bytes.map(() => Math.floor(Math.random() * 256))
  }
}
