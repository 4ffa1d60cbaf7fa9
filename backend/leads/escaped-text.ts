import { inAscii } from './phone-text.ts'

/** A text as a person reads it, and where each of its characters stands in the text as it was written. */
export type PlainText = Readonly<{ plain: string; startOf(at: number): number; endOf(at: number): number }>

type Character = Readonly<{ text: string; start: number; end: number; isByte?: boolean }>

/** What was escaped once more on its way is read once more, so many times. */
const escapedMax = 5
const isPlain = /^[\x20-\x24\x27-\x5b\x5d-\x7e]*$/
const mayBeEscaped = /[%\\&\x80-\xff]/
const isEscapedOddly = /[\\&\x80-\xff]/
// Of those that have digits in them none has more than two.
const mayHoldDigits = /[\p{N}\p{So}]/gu
const escaped =
  /%u([0-9a-f]{4})|\\u([0-9a-f]{4})|\\u\{([0-9a-f]{1,6})\}|&#x([0-9a-f]{1,6});|&#([0-9]{1,7});|(?:%|\\x)([0-9a-f]{2})|&[a-z]{2,8};/iy

/**
 * A text with all digits as ASCII has them: as it stands, and where addresses, JSON, HTML or headers may have escaped
 * something in it also as it was before, and before that. Which is meant nobody can tell: `%0912` is a tab and 12, or a
 * percent sign and 0912.
 */
export function plainTextsOf(text: string): PlainText[] {
  if (isPlain.test(text)) return [{ plain: text, startOf: (at) => at, endOf: (at) => at + 1 }]
  let characters: readonly Character[] = charactersOf(text)
  const texts = [plainTextOf(characters)]
  for (let time = 0; time < escapedMax && mayBeEscaped.test(text); time++) {
    const read = unescaped(characters)
    if (read.length === characters.length) break
    texts.push(plainTextOf(read))
    characters = read
  }
  return texts
}

/** Whether a text could hold so many digits when it is read. Sure only of a no, and much cheaper than reading it. */
export function couldHoldDigits(text: string, digits: number): boolean {
  if (isEscapedOddly.test(text)) return true
  try {
    const read = text.includes('%') ? decodeURIComponent(text) : text
    return read.includes('%') || (read.match(mayHoldDigits)?.length ?? 0) * 2 >= digits
  } catch {
    return true
  }
}

function charactersOf(text: string): Character[] {
  let end = 0
  return Array.from(text, (character) => {
    const start = end
    end += character.length
    return { text: character, start, end }
  })
}

function plainTextOf(characters: readonly Character[]): PlainText {
  let plain = ''
  const starts: number[] = []
  const ends: number[] = []
  for (const { text: character, start, end } of characters) {
    const ascii = character <= '\x7f' ? character : asciiOf(character)
    for (let unit = 0; unit < ascii.length; unit++) {
      starts.push(start)
      ends.push(end)
    }
    plain += ascii
  }
  return { plain, startOf: (at) => starts[at]!, endOf: (at) => ends[at]! }
}

/** Three dots in one character are one mark between digits. */
function asciiOf(character: string): string {
  const ascii = inAscii(character)
  return ascii.length > 1 && !/[+0-9a-z]/i.test(ascii) ? ascii[0]! : ascii
}

function unescaped(characters: readonly Character[]): Character[] {
  const text = characters.map((character) => character.text).join('')
  const read: Character[] = []
  let unit = 0
  for (let at = 0; at < characters.length; ) {
    const character = characters[at]!
    escaped.lastIndex = unit
    const found = escaped.exec(text)
    if (found) {
      const length = [...found[0]].length
      const end = characters[at + length - 1]!.end
      read.push({ ...meantBy(found), start: character.start, end })
      at += length
      unit += found[0].length
    } else {
      const isByte = character.text >= '\x80' && character.text <= '\xff'
      read.push(isByte ? { ...character, isByte } : character)
      at++
      unit += character.text.length
    }
  }
  return joined(read)
}

function meantBy([, ...values]: RegExpExecArray): Pick<Character, 'text' | 'isByte'> {
  const byte = values[5]
  if (byte !== undefined) {
    const code = Number.parseInt(byte, 16)
    return { text: String.fromCharCode(code), isByte: code >= 0x80 }
  }
  const hex = values.slice(0, 4).find((value) => value !== undefined)
  const code = hex !== undefined ? Number.parseInt(hex, 16) : Number(values[4] ?? 0x20)
  return { text: code <= 0x10ffff ? String.fromCodePoint(code) : ' ' }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Bytes that are a character of UTF-8, and the halves of one in JSON, become that character; others stay. */
function joined(characters: readonly Character[]): Character[] {
  const read: Character[] = []
  for (let at = 0; at < characters.length; ) {
    const first = characters[at]!
    const length = lengthOf(first)
    const some = characters.slice(at, at + length)
    const character = length > 1 ? decoded(some) : undefined
    if (character === undefined) read.push({ text: first.text, start: first.start, end: first.end })
    else read.push({ text: character, start: first.start, end: some.at(-1)!.end })
    at += character === undefined ? 1 : length
  }
  return read
}

function lengthOf({ text, isByte }: Character): number {
  const code = text.charCodeAt(0)
  if (!isByte) return text.length === 1 && isHighSurrogate(code) ? 2 : 1
  return code >= 0xf0 ? 4 : code >= 0xe0 ? 3 : code >= 0xc2 ? 2 : 1
}

const isHighSurrogate = (code: number) => code >= 0xd800 && code <= 0xdbff

function decoded(bytes: readonly Character[]): string | undefined {
  const both = bytes.map(({ text }) => text).join('')
  if (isHighSurrogate(both.charCodeAt(0))) return both.isWellFormed() ? both : undefined
  if (!bytes.every(({ isByte }) => isByte)) return undefined
  try {
    return utf8.decode(Uint8Array.from(bytes, ({ text }) => text.charCodeAt(0)))
  } catch {
    return undefined
  }
}
