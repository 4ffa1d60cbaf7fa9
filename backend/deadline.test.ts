import { expect, test } from 'bun:test'
import { TooLate, withDeadline } from './deadline.ts'
import { withoutComments } from './testing/house/imports.ts'
import { filesLike, textOf } from './testing/house/sources.ts'

test('work that is done in time is what it came to, whether it went well or not', async () => {
  expect(await withDeadline(Promise.resolve(5), 1_000, 'it')).toBe(5)
  await expect(withDeadline(Promise.reject(new Error('no')), 1_000, 'it')).rejects.toThrow('no')
})

test('work that is late is told by what it was and how long it was given, and goes on', async () => {
  let done = false
  const work = Bun.sleep(40).then(() => {
    done = true
  })
  const late = withDeadline(work, 5, 'reading a claim')
  await expect(late).rejects.toThrow('reading a claim took longer than 5 ms')
  await expect(late).rejects.toBeInstanceOf(TooLate)
  await work
  expect(done).toBe(true)
})

test('nothing else is raced against a clock', () => {
  const raced = filesLike('{backend,docker}/**/*.ts').filter((file) => {
    const source = withoutComments(textOf(file))
    const isOurs = !/\.test\.ts$|^backend\/(?:testing|bench)\/|^backend\/deadline\.ts$/.test(file)
    return isOurs && /\bsleep\([^)]*\)\.then\(|setTimeout\(\s*\(\) => \w*\.?reject\(/.test(source)
  })
  expect(raced).toEqual([])
})
