import { createCipheriv, createDecipheriv, createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { open as openFile } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'

/** A file as it lies in a backup. */
export type SealedFile = Readonly<{ bytes: number; sha256: string }>

// As `openssl enc -aes-256-cbc -pbkdf2` writes it, so that a backup can be read without us.
const algorithm = 'aes-256-cbc'
const iterations = 10_000
const magic = Buffer.from('Salted__')
const saltBytes = 8
const headBytes = magic.length + saltBytes

async function secretsOf(key: string, salt: Buffer): Promise<Readonly<{ key: Buffer; iv: Buffer }>> {
  const bytes = await promisify(pbkdf2)(key, salt, iterations, 48, 'sha256')
  return { key: bytes.subarray(0, 32), iv: bytes.subarray(32) }
}

/**
 * Writes what a stream brings to a new file, encrypted; it is on the disk when this resolves. The stream is opened when all is
 * ready for it: the output of a program that has ended by the time somebody reads it is empty in Bun.
 */
export async function seal(open: () => Readable, key: string, path: string): Promise<SealedFile> {
  const salt = randomBytes(saltBytes)
  const secrets = await secretsOf(key, salt)
  const hash = createHash('sha256')
  let bytes = 0
  await pipeline(
    open(),
    createCipheriv(algorithm, secrets.key, secrets.iv),
    async function* (encrypted: AsyncIterable<Buffer>) {
      const head = Buffer.concat([magic, salt])
      for await (const chunk of withHead(head, encrypted)) {
        hash.update(chunk)
        bytes += chunk.length
        yield chunk
      }
    },
    createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }),
  )
  return { bytes, sha256: hash.digest('hex') }
}

async function* withHead(head: Buffer, rest: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  yield head
  yield* rest
}

/** What was sealed in a file, given to `into`, the last of which ends the stream. */
export async function unseal(
  path: string,
  key: string,
  into: (plain: AsyncIterable<Buffer>) => Promise<void>,
): Promise<void> {
  const file = await openFile(path)
  const head = Buffer.alloc(headBytes)
  try {
    await file.read(head, 0, headBytes, 0)
  } finally {
    await file.close()
  }
  const secrets = await secretsOf(key, head.subarray(magic.length))
  await pipeline(
    createReadStream(path, { start: headBytes }),
    createDecipheriv(algorithm, secrets.key, secrets.iv),
    into,
  )
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest('hex')
}

/** Who does not have the key can make no backup that we take for ours, nor change one. */
export const signatureOf = (key: string, text: string) =>
  createHmac('sha256', key).update(`a backup of Landfast\n${text}`).digest('hex')
