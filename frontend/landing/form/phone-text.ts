/**
 * What people write around the digits of a phone number, and what is left without it. The page and the API each have
 * this file, word for word the same (a test holds them together), so that both read the same number.
 */

// Everything but letters, digits, a plus and parentheses stands between digits only: spaces, dashes, dots, brackets,
// invisible marks of direction and joining, accents, the frame of a keycap, pictures. Control characters are nobody's
// writing and stay.
const between = /[^\p{L}\p{N}\p{Cc}+()]|\t/gu
const asciiBetween = /[\t !-',\-./:-@[-`{-~*]/g
const onlyAscii = /^[\t\x20-\x7e]*$/
const bare = /^[+0-9()\s.-]*$/
const scheme = /^\s*(?:tel|callto|sms|facetime|whatsapp):(?:\/\/)?/i
// Copied out of right-to-left text, the plus comes last.
const plusAtEnd = /^([1-9()][0-9()]*)\+[()]*$/
// +44 (0)20: the zero is dialled within the country only. In these countries it belongs to the number.
const zeroOfHome = /^(\(?\+\(?(?!39|22[569]|242|378|992)[0-9]{1,3}\)?)\(0\)/
// No country's code begins with a zero: what follows is dialled within one.
const plusOfHome = /^\+0(?=[1-9])/
// ext. 12, x12, #12, the same in other languages, and the pauses of phone books.
const extension = /(?:,{2,}|#|\p{L}[\p{L}.:=\s-]*)\s*[0-9]{1,7}[#)\]]?\s*$/u
const parameter = /;\s*[a-z-]+\s*=/i
const context = /;\s*phone-context\s*=\s*(\+[0-9().-]+)/i
/** One character of some scripts stands for a whole sentence, which is no number. */
const writtenLengthMax = 256
/** So many digits are a number of their own, whatever comes after them. */
const wholeFromDigits = 7

/** With fewer, words may be digits of it, as in 0800 123 HELP. */
const sureFromDigits = 10
/** No number of any country has more. */
const digitsMax = 15
const wordsBefore = /^[^0-9+(]*\p{L}[^\p{L}0-9+(]+/u
const wordsBehind = /[^\p{L}0-9]+\p{L}[^0-9]*$/u

export type PhoneText = Readonly<{
  /** ASCII digits, a plus in front where one was written, and letters if there are any. */
  phone: string
  /** Words stood around the number, an extension or the parameters of an address behind it, and are left out. */
  hasTail: boolean
}>

/** Takes away what people write around a phone number. With `plusFor00` a leading 00 becomes a plus. */
export function readPhoneText(typed: string, { plusFor00 = false } = {}): PhoneText {
  let written = typed
  let number = typed
  if (!bare.test(typed)) {
    written = unescaped((onlyAscii.test(typed) ? typed : inAscii(typed)).replace(scheme, ''))
    if (written.length > writtenLengthMax) return { phone: written, hasTail: false }
    number = withoutWords(withoutTail(written))
  }
  let phone = number.replace(onlyAscii.test(number) ? asciiBetween : between, '').replace(plusAtEnd, '+$1')
  if (plusFor00) phone = phone.replace(/^00/, '+')
  phone = phone.replace(zeroOfHome, '$1').replace(/[()]/g, '').replace(plusOfHome, '0')
  // Once more for zeros that stood apart, as in 0)0.
  if (plusFor00) phone = phone.replace(/^00/, '+').replace(plusOfHome, '0')
  return { phone, hasTail: number !== written }
}

/** A text with the digits and pluses of all scripts as ASCII has them, and without marks that nobody sees. */
export function inAscii(text: string): string {
  let written = ''
  for (const character of text.normalize('NFKC'))
    written += character <= '\x7f' ? character : (values.get(character) ?? asciiOf(character))
  return written
}

const values = new Map<string, string>()

function asciiOf(character: string): string {
  if (/\p{Nd}/u.test(character)) return digitOf(character)
  if (/[➕﬩]/u.test(character)) return '+'
  // Letters that only lengthen a line: ー and the tatweel.
  if (/\p{Lm}/u.test(character)) return '-'
  return /[\p{M}\p{Cf}]/u.test(character) ? '' : character
}

/** The digits of a script stand in a row from zero to nine; rows that touch each have ten. */
function digitOf(digit: string): string {
  const code = digit.codePointAt(0)!
  let before = 0
  while (/\p{Nd}/u.test(String.fromCodePoint(code - before - 1))) before++
  const value = String(before % 10)
  values.set(digit, value)
  return value
}

function unescaped(address: string): string {
  return address.replace(/%2b/gi, '+').replace(/%20/g, ' ')
}

/** Without extension and parameters. What a parameter says of the country goes in front. */
function withoutTail(text: string): string {
  const end = text.indexOf(';')
  let number = text
  if (end >= 0 && (parameter.test(text) || digitsIn(text.slice(0, end)) >= wholeFromDigits)) {
    number = text.slice(0, end)
    const country = context.exec(text)?.[1]
    if (country !== undefined && !number.includes('+')) number = country + number
  }
  const tail = extension.exec(number)
  const before = tail ? number.slice(0, tail.index) : ''
  return digitsIn(before) >= wholeFromDigits ? before : number
}

/** The number that words stand before or behind, and of several numbers the first. */
function withoutWords(text: string): string {
  const several = digitsIn(text) > digitsMax ? text.split(/[,،/|&\p{L}]/u) : []
  const first = several.find((each) => digitsIn(each) >= wholeFromDigits) ?? text
  const number = first.replace(wordsBefore, '').replace(wordsBehind, '')
  return digitsIn(number) >= sureFromDigits && !/\p{L}/u.test(number) ? number : text
}

const digitsIn = (text: string) => text.replace(/[^0-9]/g, '').length
