/**
 * SHA-256 of an ASCII text, as eight words. `crypto.subtle` is missing on plain http, and slow for many short texts.
 */
export function sha256(text: string): Int32Array {
  const words = paddedWords(text)
  const hash = initial.slice()
  for (let block = 0; block < words.length; block += 16) {
    schedule.set(words.subarray(block, block + 16))
    mix(hash)
  }
  return hash
}

const primes = firstPrimes(64)
const fraction = (root: number) => ((root % 1) * 2 ** 32) | 0
const initial = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)))
const constants = Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)))
const schedule = new Int32Array(64)

function firstPrimes(count: number): number[] {
  const found: number[] = []
  for (let number = 2; found.length < count; number++)
    if (found.every((prime) => number % prime !== 0)) found.push(number)
  return found
}

function paddedWords(text: string): Int32Array {
  const words = new Int32Array(((text.length + 8) >> 6) * 16 + 16)
  const put = (at: number, byte: number) => {
    words[at >> 2]! |= byte << (24 - (at & 3) * 8)
  }
  for (let at = 0; at < text.length; at++) put(at, text.charCodeAt(at))
  put(text.length, 0x80)
  words[words.length - 1] = text.length * 8
  return words
}

function mix(hash: Int32Array): void {
  for (let at = 16; at < 64; at++) {
    const before = schedule[at - 15]!
    const last = schedule[at - 2]!
    const small0 = turn(before, 7) ^ turn(before, 18) ^ (before >>> 3)
    const small1 = turn(last, 17) ^ turn(last, 19) ^ (last >>> 10)
    schedule[at] = (schedule[at - 16]! + small0 + schedule[at - 7]! + small1) | 0
  }
  let a = hash[0]!
  let b = hash[1]!
  let c = hash[2]!
  let d = hash[3]!
  let e = hash[4]!
  let f = hash[5]!
  let g = hash[6]!
  let h = hash[7]!
  for (let at = 0; at < 64; at++) {
    const big1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)
    const choice = (e & f) ^ (~e & g)
    const first = (h + big1 + choice + constants[at]! + schedule[at]!) | 0
    const big0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)
    const majority = (a & b) ^ (a & c) ^ (b & c)
    h = g
    g = f
    f = e
    e = (d + first) | 0
    d = c
    c = b
    b = a
    a = (first + big0 + majority) | 0
  }
  hash[0]! += a
  hash[1]! += b
  hash[2]! += c
  hash[3]! += d
  hash[4]! += e
  hash[5]! += f
  hash[6]! += g
  hash[7]! += h
}

function turn(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits))
}
