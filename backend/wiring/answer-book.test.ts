import { expect, test } from 'bun:test'
import { keepAnswerBook } from './answer-book.ts'

test('what was answered is written down once, with the next time where it could not be, and nothing where nothing was', async () => {
  const written: [Record<string, number>, Record<string, number>][] = []
  const answered = new Map([['accepted', 2]])
  let refused = new Map([['203.0.113.x', 1]])
  let isAway = false
  const book = keepAnswerBook({
    book: {
      async add(said) {
        if (isAway) throw new Error('away')
        written.push([Object.fromEntries(said.answers), Object.fromEntries(said.refused)])
      },
    },
    answered: () => new Map(answered),
    refused: {
      taken() {
        const since = refused
        refused = new Map()
        return since
      },
      giveBack(since) {
        refused = new Map(since)
      },
    },
  })
  await book.stop()
  await book.stop()
  answered.set('accepted', 5)
  refused.set('198.51.100.x', 4)
  isAway = true
  await book.stop()
  isAway = false
  answered.set('rate_limited', 1)
  await book.stop()
  expect(written).toEqual([
    [{ accepted: 2 }, { '203.0.113.x': 1 }],
    [{ accepted: 3, rate_limited: 1 }, { '198.51.100.x': 4 }],
  ])
})
