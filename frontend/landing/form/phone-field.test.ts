import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { checkPhone } from './phone.ts'
import { editPhone, type FieldEdit, formatPhone } from './phone-field.ts'

/** `|` is the caret. */
const at = (marked: string) => ({ text: marked.replace('|', ''), caret: marked.indexOf('|') })
const marked = ({ text, caret }: { text: string; caret: number }) =>
  `${text.slice(0, caret)}|${text.slice(caret)}`
const edit = (before: string, now: string, deleted?: FieldEdit['deleted']) =>
  marked(editPhone(before, { ...at(now), deleted }))

/** Types one key after the other, as a visitor does. */
function type(keys: string): string {
  let shown = { text: '', caret: 0 }
  for (const key of keys) {
    const { text, caret } = shown
    shown = editPhone(text, {
      text: text.slice(0, caret) + key + text.slice(caret),
      caret: caret + 1,
    })
  }
  return marked(shown)
}

describe('a number falls into groups while it is typed', () => {
  const typings = {
    '07700900123': '07700 900 123|',
    '01134960142': '0113 496 0142|',
    '+447700900123': '+44 7700 900 123|',
    '00447700900123': '+44 7700 900 123|',
    '+441134960142': '+44 113 496 0142|',
    '09123456789': '0912 345 6789|',
    '۰۹۱۲۳۴۵۶۷۸۹': '۰۹۱۲ ۳۴۵ ۶۷۸۹|',
    '٠٠٩٨٩١٢٣٤٥٦٧٨٩': '+٩٨ ٩١٢ ٣٤٥ ٦٧٨٩|',
    '+353850123456': '+353 85 012 3456|',
    '4155552671': '415 555 2671|',
    '(0113) 496-0142': '0113 496 0142|',
    '+44 (0)20 7946 0018': '+44 20 7946 0018|',
    '۰۰۹۸ (۰)۹۱۲ ۳۴۵ ۶۷۸۹': '+۹۸ ۹۱۲ ۳۴۵ ۶۷۸۹|',
    '+1 (415) 555-2671': '+1 415 555 2671|',
    '44 20 7946 0018+': '+44 20 7946 0018|',
  }
  for (const [keys, shown] of Object.entries(typings)) test(keys, () => expect(type(keys)).toBe(shown))

  test('the groups never jump: each key only adds to what stands there', () => {
    for (const number of ['07700900123', '+447700900123', '+989123456789', '02079460958'])
      for (let length = 1; length < number.length; length++) {
        const shorter = formatPhone(number.slice(0, length))
        expect(formatPhone(number.slice(0, length + 1)).startsWith(shorter)).toBe(true)
      }
  })

  test('what is not a number, or too long for one, stays as typed', () => {
    for (const typed of ['call me', '0770 x', '1234567890123456', '077+009', '0770 ext 12'])
      expect(formatPhone(typed)).toBe(typed)
  })
})

describe('the caret stays where the visitor had it', () => {
  test('when a digit is put in the middle', () => {
    expect(edit('0770 090 0123', '07709| 090 0123')).toBe('07709| 090 0123')
    expect(edit('0912 345 678', '0912 93|45 678')).toBe('0912 93|4 5678')
  })

  test('when digits are pasted over', () => {
    expect(edit('', '(07700) 900123|')).toBe('07700 900 123|')
  })

  test('when the second zero of 00 turns both into a plus', () => {
    expect(edit('0', '00|')).toBe('+|')
    expect(edit('0 447', '00|447')).toBe('+|44 7')
  })

  test('and deleting the space between groups deletes the digit beyond it', () => {
    expect(edit('0912 345', '0912|345', 'backward')).toBe('091|3 45')
    expect(edit('0912 345', '0912|345', 'forward')).toBe('0912| 45')
  })

  test('and deleting a digit deletes that digit', () => {
    expect(edit('0912 345 6789', '0912 34| 6789', 'backward')).toBe('0912 34|6 789')
    expect(edit('0912 3', '0912 |', 'backward')).toBe('0912|')
  })
})

const keys = fc.constantFrom(...'0123456789۰۱۲۳۹٠١٩+ -().x\u200f\u00a0')
const typed = fc.oneof(fc.string({ unit: keys, maxLength: 24 }), fc.string({ maxLength: 24 }))

test('zeros with a parenthesis between them are a plus as well', () => {
  expect(formatPhone('0)0')).toBe('+')
})

test('formatting never makes another number of what was typed, and does nothing twice', () => {
  fc.assert(
    fc.property(typed, (text) => {
      const shown = formatPhone(text)
      expect(checkPhone(shown)).toEqual(checkPhone(text))
      expect(formatPhone(shown)).toBe(shown)
    }),
  )
})

test('the caret is always inside the text', () => {
  fc.assert(
    fc.property(typed, typed, fc.nat(24), fc.constantFrom(undefined, 'backward', 'forward'), (...made) => {
      const [before, text, caret, deleted] = made
      const shown = editPhone(before, { text, caret: Math.min(caret, text.length), deleted })
      expect(shown.caret).toBeGreaterThanOrEqual(0)
      expect(shown.caret).toBeLessThanOrEqual(shown.text.length)
    }),
  )
})
