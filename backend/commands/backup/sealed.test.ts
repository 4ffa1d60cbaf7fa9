import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { sealOutput } from './programs.ts'
import { seal, sha256Of, unseal } from './sealed.ts'

const key = 'a-key-of-thirty-two-characters-or-more'
const folder = mkdtempSync(join(tmpdir(), 'landfast-sealed-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function read(path: string, withKey = key): Promise<Buffer> {
  const chunks: Buffer[] = []
  await unseal(path, withKey, async (plain) => {
    for await (const chunk of plain) chunks.push(chunk)
  })
  return Buffer.concat(chunks)
}

test('what was sealed is read again with its key alone, and lies there unreadable', async () => {
  const plain = Buffer.alloc(300_000, 'a phone such as +989121234567, ')
  const path = join(folder, 'sealed')
  const { bytes, sha256 } = await seal(
    () => Readable.from([plain.subarray(0, 7), plain.subarray(7)]),
    key,
    path,
  )
  expect((await read(path)).equals(plain)).toBe(true)
  expect(readFileSync(path)).toHaveLength(bytes)
  expect(await sha256Of(path)).toBe(sha256)
  expect(readFileSync(path, 'latin1')).not.toContain('989121234567')
  const other = await read(path, `${key}!`).catch((error: Error) => error)
  expect(Buffer.isBuffer(other) && other.equals(plain)).toBe(false)
})

test('what a program writes is sealed whole, however soon it ends', async () => {
  const path = join(folder, 'output')
  await sealOutput(['printf', 'all of it'], { key, path })
  expect((await read(path)).toString()).toBe('all of it')
  const failing = sealOutput(['sh', '-c', 'echo part; echo the reason >&2; exit 3'], {
    ...{ key, path: join(folder, 'failing') },
  })
  await expect(failing).rejects.toThrow('the reason')
})

test('a backup is never written over another', async () => {
  const path = join(folder, 'once')
  await seal(() => Readable.from([Buffer.from('first')]), key, path)
  await expect(seal(() => Readable.from([Buffer.from('second')]), key, path)).rejects.toThrow('EEXIST')
  expect((await read(path)).toString()).toBe('first')
})

test('what `openssl enc -aes-256-cbc -pbkdf2` wrote is read', async () => {
  const path = join(folder, 'by-openssl')
  const encrypted = Buffer.from('7133902b58c40001c46da2a9d20ea867', 'hex')
  writeFileSync(
    path,
    Buffer.concat([Buffer.from('Salted__'), Buffer.from('0011223344556677', 'hex'), encrypted]),
  )
  expect((await read(path)).toString()).toBe('the same bytes')
})
