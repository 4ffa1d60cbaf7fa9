import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { coloursOf, styleOf, tooClose } from './colours.ts'
import { contrastOf, hexOf, oklchOf } from './oklch.ts'

const anyColour = fc
  .integer({ min: 0, max: 0xffffff })
  .map((value) => `#${value.toString(16).padStart(6, '0')}`)

test('whatever two colours a firm has, everything on its page can be read', () => {
  fc.assert(
    fc.property(anyColour, anyColour, (brand, accent) => {
      expect(tooClose(coloursOf({ brand, accent }))).toEqual([])
    }),
    { numRuns: 300 },
  )
})

test('a colour of its own that cannot be read is named', () => {
  const colours = coloursOf({ brand: '#0f5b4c', accent: '#ffc24a' }, { dark: { soft: '#444444' } })
  expect(tooClose(colours)[0]).toMatch(/^dark: soft on page has a contrast of \d\.\d+, less than 4\.5$/)
})

test('a colour is the same after it was taken apart', () => {
  fc.assert(fc.property(anyColour, (colour) => expect(hexOf(oklchOf(colour))).toBe(colour)))
})

test('contrast is counted as WCAG does', () => {
  expect(contrastOf('#ffffff', '#000000')).toBeCloseTo(21)
  expect(contrastOf('#777777', '#ffffff')).toBeCloseTo(4.48, 2)
})

test('what is no colour is refused with a sentence', () => {
  expect(() => coloursOf({ brand: 'green', accent: '#ffc24a' })).toThrow(
    'green is no colour: write it like #0f5b4c',
  )
})

test('the style sheet names by night only what differs', () => {
  const style = styleOf(coloursOf({ brand: '#0f5b4c', accent: '#ffc24a' }))
  expect(style).toContain('--accent:#ffc24a')
  expect(style.split('@media screen and (prefers-color-scheme:dark)')[1]).not.toContain('--accent:')
})
