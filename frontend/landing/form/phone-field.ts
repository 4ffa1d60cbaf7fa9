import { plainPhone } from './phone.ts'
import { inAscii, readPhoneText } from './phone-text.ts'

/** A field's text and where its caret stands. */
export type FieldText = Readonly<{ text: string; caret: number }>

/** What the browser made of a keystroke or a paste. */
export type FieldEdit = FieldText & Readonly<{ deleted?: 'backward' | 'forward' }>

// How people write the numbers of this campaign, by how they begin: the first that fits. A plus counts as a digit.
const groupings: readonly (readonly [begin: string, ...sizes: number[]])[] = [
  ['+447', 3, 4, 3, 3],
  ['+442', 3, 2, 4, 4],
  ['+44', 3, 3, 3, 4],
  ['+353', 4, 2, 3, 4],
  ['+98', 3, 3, 3, 4],
  ['+1', 2, 3, 3, 4],
  ['+', 3, 3, 3, 3],
  ['07', 5, 3, 3],
  ['02', 3, 4, 4],
  ['0', 4, 3, 4],
  ['', 3, 3, 4],
]

const oneNumber = /^\+?[0-9]{0,15}$/
// The beginning of +44 (0)20: what the zero is, its closing parenthesis tells.
const openZero = /\+[^(]{1,5}\(0?$/

/**
 * Writes a number in groups, in the digits it was typed in, and a leading 00 as a plus. What is not only digits and
 * separators stays as it is. Whatever comes in, it is the same number to the API as what comes out.
 */
export function formatPhone(typed: string): string {
  const { phone, hasTail } = readPhoneText(typed, { plusFor00: true })
  if (hasTail || !oneNumber.test(phone) || openZero.test(inAscii(typed))) return typed
  const sizes = groupings.find(([begin]) => phone.startsWith(begin))!.slice(1) as number[]
  const groups: string[] = []
  let at = 0
  for (const [index, size] of sizes.entries()) {
    const end = index === sizes.length - 1 ? phone.length : at + size
    if (at < phone.length) groups.push(phone.slice(at, end))
    at = end
  }
  return inDigitsOf(typed, groups.join(' '))
}

/** Writes a number in the digits of what was typed. */
function inDigitsOf(typed: string, number: string): string {
  const [digit] = /(?![0-9])\p{Nd}/u.exec(typed.normalize('NFKC')) ?? []
  if (digit === undefined) return number
  const zero = digit.codePointAt(0)! - Number(inAscii(digit))
  return number.replace(/[0-9]/g, (one) => String.fromCodePoint(zero + Number(one)))
}

/** What the field shows after an edit. The caret stays between the digits where the visitor had it. */
export function editPhone(before: string, edit: FieldEdit): FieldText {
  const { text, caret } = withoutDigitBehindSpace(before, edit)
  const shown = formatPhone(text)
  if (shown === text) return { text, caret }
  const left = plainPhone(text.slice(0, caret)).length
  return { text: shown, caret: placeAfter(shown, left) }
}

/** Deleting a space that we wrote means the digit beyond it: else the space would come back for ever. */
function withoutDigitBehindSpace(before: string, edit: FieldEdit): FieldText {
  const { text, caret, deleted } = edit
  if (!deleted || text.length !== before.length - 1 || before !== formatPhone(before)) return edit
  if (plainPhone(text) !== plainPhone(before)) return edit
  const at = deleted === 'backward' ? caret - 1 : caret
  return {
    text: text.slice(0, Math.max(at, 0)) + text.slice(at + 1),
    caret: Math.max(0, Math.min(at, caret)),
  }
}

function placeAfter(text: string, count: number): number {
  let seen = 0
  let at = 0
  for (const character of text) {
    if (seen === count) return at
    if (character !== ' ') seen++
    at += character.length
  }
  return at
}
