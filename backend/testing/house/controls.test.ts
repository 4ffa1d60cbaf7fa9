import { expect, test } from 'bun:test'
import { controls } from '../../local/controls.ts'
import { filesLike, textOf } from './sources.ts'

const rows = [...textOf('docs/security.md').matchAll(/^\| (\d+) \| (.+?) \| .+ \| `(.+?)` (.+) \|$/gm)]

test('each of the thirty controls is held by a test under its words', () => {
  expect(rows.map(([, number]) => Number(number))).toEqual(
    Array.from({ length: 30 }, (_, index) => index + 1),
  )
  const missing = rows.filter(([, , , file = '', title = '']) => {
    return !textOf(file.startsWith('docker/') ? file : `backend/${file}.test.ts`).includes(title)
  })
  expect(missing.map(([row]) => row)).toEqual([])
})

test('the doctor knows the same ones, under the same words', () => {
  expect(controls.map(({ asks }) => asks)).toEqual(rows.map(([, , asks = '']) => asks))
})

test('nobody but the room of Postgres puts text into a statement as it is', () => {
  const raw = filesLike('{backend,docker}/**/*.ts')
    .filter((file) => !/^backend\/(?:postgres|testing|bench)\//.test(file))
    .filter((file) => /\bsql\.raw\(|\bqueryRaw/.test(textOf(file)))
  expect(raw).toEqual([])
})
