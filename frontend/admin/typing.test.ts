import { expect, test } from 'bun:test'
import { toAsk, withAddress } from './typing.ts'

test('what is typed on while the address takes the first of it in stays in the field', () => {
  for (const text of ['spring ', 'spring sale']) {
    const typing = { text, asked: 'spring' }
    expect(withAddress(typing, 'spring')).toBe(typing)
  }
  expect(toAsk({ text: 'spring sale', asked: 'spring' })).toBe('spring sale')
})

test('what is asked for is asked once, and without the spaces around it', () => {
  expect(toAsk({ text: ' spring ', asked: '' })).toBe('spring')
  expect(toAsk({ text: 'spring ', asked: 'spring' })).toBeUndefined()
  expect(toAsk({ text: '', asked: 'spring' })).toBe('')
})

test('another view, by a link or the way back, puts what it says into the field', () => {
  const shown = withAddress({ text: 'spring sa', asked: 'spring' }, '')
  expect(shown).toEqual({ text: '', asked: '' })
  expect(toAsk(shown)).toBeUndefined()
})
