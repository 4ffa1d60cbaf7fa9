import { expect, test } from 'bun:test'
import { keyName } from './keys.ts'

test.each([
  ['a Persian letter', { key: 'ت', code: 'KeyJ' }, 'j'],
  ['a Persian figure', { key: '۱', code: 'Digit1' }, '1'],
  ['an Arabic figure of the number pad', { key: '٣', code: 'Numpad3' }, '3'],
  ['a figure as French keyboards have it', { key: '&', code: 'Digit1' }, '1'],
  ['a Persian question mark', { key: '؟', code: 'Slash' }, '?'],
  ['a letter where another keyboard has it', { key: 'j', code: 'KeyC' }, 'j'],
  ['a capital letter', { key: 'R', code: 'KeyR' }, 'r'],
  ['an arrow of the number pad', { key: 'ArrowDown', code: 'Numpad2' }, 'arrowdown'],
  ['a slash', { key: '/', code: 'Slash' }, '/'],
] as const)('%s is the key that it is', (_, pressed, name) => {
  expect(keyName(pressed)).toBe(name)
})
