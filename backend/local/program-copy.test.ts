import { afterAll, beforeEach, expect, test } from 'bun:test'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CannotStart } from './cannot-start.ts'
import { copyFor, everybodyMayRun, everybodyMayUse } from './program-copy.ts'

const folder = mkdtempSync(join(tmpdir(), 'landfast-copy-'))
chmodSync(folder, 0o755)
const home = join(folder, 'home')
const source = join(home, 'server')
const place = join(folder, 'place')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

beforeEach(() => {
  rmSync(home, { recursive: true, force: true })
  rmSync(place, { recursive: true, force: true })
  mkdirSync(join(source, 'bin'), { recursive: true })
  writeFileSync(join(source, 'bin/postgres'), '#!/bin/sh\necho 18\n', { mode: 0o700 })
  writeFileSync(join(source, 'words'), 'kept', { mode: 0o600 })
  chmodSync(home, 0o700)
})

const copy = (places = [place]) => copyFor(['env'], { source, name: 'server', probe: 'bin/postgres', places })

test('programs in a home that nobody else may enter are seen as such, and their copy is not', () => {
  expect(everybodyMayRun(join(source, 'bin/postgres'))).toBe(false)
  expect(everybodyMayUse(source)).toBe(false)
  const made = copy()
  // Only as far as the folder of the tests itself is open.
  if (everybodyMayUse(folder)) expect(everybodyMayUse(made)).toBe(true)
  expect(statSync(join(made, 'bin/postgres')).mode & 0o777).toBe(0o755)
  expect(statSync(join(made, 'words')).mode & 0o777).toBe(0o644)
})

test('the same content is copied once, whoever asks', () => {
  const first = copy()
  const { ino } = statSync(first)
  expect(copy()).toBe(first)
  expect(statSync(first).ino).toBe(ino)
  expect(readdirSync(place)).toHaveLength(1)
})

test('a copy that lost something is made again', () => {
  const first = copy()
  writeFileSync(join(first, 'words'), '')
  expect(Bun.file(join(copy(), 'words')).text()).resolves.toBe('kept')
})

test('another version gets a copy of its own, and one that nobody used for weeks goes', () => {
  const first = copy()
  writeFileSync(join(source, 'words'), 'newer')
  const second = copy()
  expect(second).not.toBe(first)
  expect(existsSync(first)).toBe(true)
  utimesSync(first, new Date(0), new Date(0))
  copy()
  expect(readdirSync(place)).toEqual([second.slice(place.length + 1)])
})

test('a place that others may write to, and one that is no folder, are passed over', () => {
  const open = join(folder, 'open')
  mkdirSync(open, { recursive: true })
  chmodSync(open, 0o777)
  const file = join(folder, 'file')
  writeFileSync(file, '')
  expect(copy([open, file, place])).toStartWith(place)
  expect(readdirSync(open)).toEqual([])
})

test('where there is no place at all one sentence says what was tried and what to do', () => {
  const closed = join(home, 'closed')
  expect(() => copy([closed])).toThrow(CannotStart)
  expect(() => copy([closed])).toThrow(
    /closed: not everybody may enter.*move the project.*or set DATABASE_URL/,
  )
})
