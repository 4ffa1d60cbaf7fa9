import { expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import {
  deskScriptBytesMax,
  firstScriptBytesMax,
  measureBuild,
  pageBytesMax,
  scriptBytesMax,
} from './page-budget.ts'

// Random bytes do not get smaller by compression.
const noise = (length: number) =>
  new TextEncoder().encode(randomBytes(length).toString('hex').slice(0, length))
const script = { path: 'assets/index.js', bytes: noise(100) }
const scriptOfPage = script
const page = {
  path: 'pages/en/hero.a.html',
  bytes: new TextEncoder().encode(`<script src="/${script.path}"></script>`),
}

test('a small build is within its budget', () => {
  expect(measureBuild([page, script]).faults).toEqual([])
})

test('each page that is too large is named', () => {
  const large = { path: 'pages/fa/hero.b.html', bytes: noise(2 * pageBytesMax) }
  expect(measureBuild([page, large, script]).faults).toEqual([
    expect.stringMatching(/^pages\/fa\/hero\.b\.html is \d+ bytes/),
  ])
})

test('scripts count together: those that a page names, and all', () => {
  const name = (path: string) => new TextEncoder().encode(`<script src="/${path}"></script>`)
  const one = { path: 'assets/one.js', bytes: noise(Math.ceil(1.2 * firstScriptBytesMax)) }
  const naming = { path: 'pages/en/hero.a.html', bytes: name(one.path) }
  expect(measureBuild([naming, one]).faults).toEqual([])
  const later = { path: 'assets/later.js', bytes: noise(2 * scriptBytesMax) }
  expect(measureBuild([naming, one, later]).faults).toEqual([
    expect.stringMatching(/^the scripts are \d+ bytes/),
  ])
  const large = { path: one.path, bytes: noise(Math.ceil(2.4 * firstScriptBytesMax)) }
  expect(measureBuild([naming, large]).faults).toEqual([
    expect.stringMatching(/^the scripts of the first load are \d+ bytes/),
  ])
})

test('the desk has a budget of its own, and the page none of it', () => {
  const script = { path: 'admin/assets/index.js', bytes: noise(Math.ceil(1.2 * deskScriptBytesMax)) }
  const desk = (html: string) => ({ path: 'admin/index.html', bytes: new TextEncoder().encode(html) })
  const naming = desk(`<script src="/${script.path}"></script>`)
  expect(measureBuild([page, scriptOfPage, naming, script]).faults).toEqual([])
  const large = { ...script, bytes: noise(Math.ceil(2.1 * deskScriptBytesMax)) }
  expect(measureBuild([page, scriptOfPage, naming, large]).faults).toEqual([
    expect.stringMatching(/^the scripts of the desk's first load are \d+ bytes/),
  ])
  expect(measureBuild([page, scriptOfPage, desk(''), script]).faults).toEqual(['the desk names no script'])
})

test('a build without pages, or whose pages name no script, is none', () => {
  const fault = 'the build has no pages, or they name no script'
  expect(measureBuild([]).faults).toEqual([fault])
  expect(measureBuild([{ path: 'pages/en/hero.a.html', bytes: noise(100) }, script]).faults).toEqual([fault])
})
