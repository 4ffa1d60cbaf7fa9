import { expect, test } from 'bun:test'
import { textOf } from './sources.ts'

const rows = textOf('docs/asvs.md')
  .split('\n')
  .filter((line) => /^\| \d/.test(line))
  .map((line) => line.split(' | ').at(-1)!)

test('what is told of ASVS is held by a test under those words', () => {
  const missing = rows.filter((cell) => {
    const [, file, title] = /^`(.+)` (.+) \|$/.exec(cell) ?? []
    if (!file || !title) return true
    const name = file === 'testing/contracts/operators' ? file : `${file}.test`
    return !textOf(`backend/${name}.ts`).includes(title)
  })
  expect(missing).toEqual([])
  expect(rows.length).toBeGreaterThan(40)
})
