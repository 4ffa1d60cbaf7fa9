import { expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { measureBuild, pageBytesMax, scriptBytesMax } from './page-budget.ts'

// Random bytes do not get smaller by compression.
const noise = (length: number) =>
  new TextEncoder().encode(randomBytes(length).toString('hex').slice(0, length))
const page = { path: 'pages/en/hero.a.html', bytes: noise(100) }
const script = { path: 'assets/index.js', bytes: noise(100) }

test('a small build is within its budget', () => {
  expect(measureBuild([page, script]).faults).toEqual([])
})

test('each page that is too large is named', () => {
  const large = { path: 'pages/fa/hero.b.html', bytes: noise(2 * pageBytesMax) }
  expect(measureBuild([page, large, script]).faults).toEqual([
    expect.stringMatching(/^pages\/fa\/hero\.b\.html is \d+ bytes/),
  ])
})

test('scripts count together', () => {
  const half = noise(Math.ceil(1.2 * scriptBytesMax))
  const one = { path: 'assets/one.js', bytes: half }
  expect(measureBuild([page, one]).faults).toEqual([])
  expect(measureBuild([page, one, { ...one, path: 'assets/two.js' }]).faults).toEqual([
    expect.stringMatching(/^the scripts are \d+ bytes/),
  ])
})

test('a build without pages or scripts is none', () => {
  expect(measureBuild([]).faults).toEqual(['the build has no pages or no scripts'])
})
