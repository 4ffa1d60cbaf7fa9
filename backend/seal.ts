import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/** Keeps what must not be read in a table or a backup. What is sealed for one name opens under that name alone. */
export type Seal = Readonly<{
  close(what: string | Uint8Array, name: string): Buffer
  /** @throws Error when it was sealed with another key, for another name, or was changed. */
  open(sealed: Uint8Array, name: string): string
  openBytes(sealed: Uint8Array, name: string): Buffer
}>

const version = 1
const [nonceBytes, tagBytes] = [12, 16]

/**
 * AES-256-GCM under a key that is derived from `SECRET_KEY` for this use, so that no other use of that key opens it.
 */
export function createSeal(
  secretKey: string,
  use: 'deliveries' | 'second factors' | 'signing in' | 'exports' | 'request archive' = 'deliveries',
): Seal {
  const key = Buffer.from(hkdfSync('sha256', secretKey, '', `landfast ${use}`, 32))
  return {
    close(what, name) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name))
      const sealed = Buffer.concat([
        cipher.update(typeof what === 'string' ? Buffer.from(what) : what),
        cipher.final(),
      ])
      return Buffer.concat([Buffer.of(version), nonce, cipher.getAuthTag(), sealed])
    },
    open: (sealed, name) => openBytes(sealed, name).toString(),
    openBytes,
  }

  function openBytes(sealed: Uint8Array, name: string): Buffer {
    const bytes = Buffer.from(sealed)
    if (bytes[0] !== version || bytes.length < 1 + nonceBytes + tagBytes) throw new Error('not sealed by us')
    const nonce = bytes.subarray(1, 1 + nonceBytes)
    const tag = bytes.subarray(1 + nonceBytes, 1 + nonceBytes + tagBytes)
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
      .setAAD(Buffer.from(name))
      .setAuthTag(tag)
    return Buffer.concat([decipher.update(bytes.subarray(1 + nonceBytes + tagBytes)), decipher.final()])
  }
}
