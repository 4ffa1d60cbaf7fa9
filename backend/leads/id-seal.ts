import { createCipheriv, randomBytes } from 'node:crypto'
import { perSealedBatchMax } from '../batching/ids.ts'

/**
 * Gives out ids that tell nothing of their neighbours. An id as `idAt` makes it names its batch and its place, so whoever
 * has one could write down those of all who came in the same moment. Under a seal its 73 bits behind the time are
 * exchanged for others, one to one, so that only who has the key comes from one id of a batch to the next.
 */
export type IdSeal = Readonly<{
  /** In hex, 32 characters. */
  key: string
  /** The ids of all in a batch, by place. */
  idsOf(batch: string, count: number): string[]
  /** The id as `idAt` made it. One that carries no seal, as those of earlier versions, is left as it is. */
  open(id: string): string
}>

export const newSealKey = (): string => randomBytes(16).toString('hex')

// The first of the twelve bits behind the version, which is 0 in every place of a batch of leads.
const sealed = 0x800

/** Whether an id was given out under a seal. */
export function isSealed(id: string): boolean {
  return (Number.parseInt(id[15]!, 16) & 0b1000) !== 0
}

// The bits in three parts, 32, 32 and 9 of them. A round exchanges one part by a keyed function of the two others, so going
// through the rounds backwards undoes them; after two times three rounds every bit hangs on every other.
type Parts = [a: Uint32Array, b: Uint32Array, c: Uint32Array]
const rounds = [0, 1, 2, 0, 1, 2]
const maskOf = [0xffffffff, 0xffffffff, 0x1ff]
const blockBytes = 16

export function createIdSeal(key: string): IdSeal {
  const cipher = createCipheriv('aes-128-ecb', Buffer.from(key, 'hex'), null).setAutoPadding(false)
  const blocks = Buffer.alloc(perSealedBatchMax * blockBytes)
  const words = new Uint32Array(blocks.buffer, blocks.byteOffset, blocks.length / 4)

  /** One round for all: a call of the cipher costs much more than a block. */
  function round(parts: Parts, count: number, at: number): void {
    const own = rounds[at]!
    const [one, other] = [parts[(own + 1) % 3]!, parts[(own + 2) % 3]!]
    for (let index = 0; index < count; index++) {
      words[index * 4] = one[index]!
      words[index * 4 + 1] = other[index]!
      words[index * 4 + 2] = at
    }
    const done = cipher.update(blocks.subarray(0, count * blockBytes))
    const out = new Uint32Array(done.buffer, done.byteOffset, count * 4)
    const [part, mask] = [parts[own]!, maskOf[own]!]
    for (let index = 0; index < count; index++) part[index]! ^= out[index * 4]! & mask
  }

  return {
    key,
    idsOf(batch, count) {
      const parts = partsFor(count)
      take(parts, 0, batch)
      for (let index = count - 1; index >= 0; index--) place(parts, index)
      for (let at = 0; at < rounds.length; at++) round(parts, count, at)
      const time = batch.slice(0, 15)
      return write(time, parts, sealed)
    },
    open(id) {
      if (!isSealed(id)) return id
      const parts = partsFor(1)
      take(parts, 0, id)
      for (let at = rounds.length - 1; at >= 0; at--) round(parts, 1, at)
      return write(id.slice(0, 15), parts, 0)[0]!
    },
  }
}

const partsFor = (count: number): Parts => [
  new Uint32Array(count),
  new Uint32Array(count),
  new Uint32Array(count),
]

function take([a, b, c]: Parts, index: number, id: string): void {
  const place = Number.parseInt(id.slice(15, 18), 16) & ~sealed
  const upper = Number.parseInt(id.slice(19, 23), 16) & 0x3fff
  a[index] = ((place & 0b11) << 30) | (upper << 16) | Number.parseInt(id.slice(24, 28), 16)
  b[index] = Number.parseInt(id.slice(28, 36), 16)
  c[index] = place >>> 2
}

/** The one at this place of the batch that stands at 0. */
function place([a, b, c]: Parts, index: number): void {
  a[index] = a[0]! | ((index & 0b11) << 30)
  b[index] = b[0]!
  c[index] = index >>> 2
}

const idLength = 36
const digits = Buffer.from('0123456789abcdef', 'latin1')
const digitPairs = Uint16Array.from(
  { length: 256 },
  (_, byte) => digits[byte >>> 4]! | (digits[byte & 15]! << 8),
)
const dash = 0x2d

/** The ids of these parts, cut from one text: put together one by one they cost more than the cipher. */
function write(time: string, [a, b, c]: Parts, mark: number): string[] {
  const count = a.length
  const text = Buffer.allocUnsafe(count * idLength)
  text.write(time, 'latin1')
  for (let index = 0, at = 0; index < count; index++, at += idLength) {
    text.copyWithin(at, 0, time.length)
    const [first, second] = [a[index]!, b[index]!]
    const place = mark | (c[index]! << 2) | (first >>> 30)
    text[at + 15] = digits[place >>> 8]!
    pair(text, at + 16, place & 0xff)
    text[at + 18] = dash
    pair(text, at + 19, 0x80 | ((first >>> 24) & 0x3f))
    pair(text, at + 21, (first >>> 16) & 0xff)
    text[at + 23] = dash
    pair(text, at + 24, (first >>> 8) & 0xff)
    pair(text, at + 26, first & 0xff)
    pair(text, at + 28, second >>> 24)
    pair(text, at + 30, (second >>> 16) & 0xff)
    pair(text, at + 32, (second >>> 8) & 0xff)
    pair(text, at + 34, second & 0xff)
  }
  const whole = text.toString('latin1')
  const ids: string[] = []
  for (let at = 0; at < whole.length; at += idLength) ids.push(whole.slice(at, at + idLength))
  return ids
}

function pair(text: Buffer, at: number, byte: number): void {
  const two = digitPairs[byte]!
  text[at] = two & 0xff
  text[at + 1] = two >>> 8
}

let latest: IdSeal | undefined

/** The seal with this key. Jobs one after the other nearly always have the same. */
export function idSealOf(key: string): IdSeal {
  if (latest?.key !== key) latest = createIdSeal(key)
  return latest
}

/** The seal under which a process gives ids out now. It begins with a key of its own. */
export type SealInUse = Readonly<{ current(): IdSeal; use(key: string): void }>

export function createSealInUse(): SealInUse {
  let seal = createIdSeal(newSealKey())
  return {
    current: () => seal,
    use(key) {
      if (key !== seal.key) seal = createIdSeal(key)
    },
  }
}
