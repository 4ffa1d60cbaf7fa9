import { expect, test } from 'bun:test'
import { mistakeIn } from './mistake.ts'

test('a mistake in a file of the campaign is told by its line, with the commonest cause', () => {
  // As Bun throws it where a file cannot be read.
  const first = Object.assign(new Error('Expected "}" but found "s"'), {
    position: { file: '/site/frontend/campaign/words/en.ts', line: 17, column: 58 },
  })
  expect(mistakeIn(new AggregateError([first, new Error('another')]), '/site')).toBe(
    'The campaign cannot be read: frontend/campaign/words/en.ts:17:58 Expected "}" but found "s". ' +
      "An apostrophe in a text is ’, or \\'.",
  )
})

test('what is no mistake in a file is left to others', () => {
  expect(mistakeIn(new Error('away'), '/site')).toBeUndefined()
})
