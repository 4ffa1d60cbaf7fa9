import { expect, test } from 'bun:test'
import { isMediaKey, mediaKeyOf } from './key.ts'

test.each(['hero.jpg', 'spring-2027/hero_1.webp', 'a', 'v1.2/clip.mp4'])('%s can name a file', (text) => {
  expect(isMediaKey(text)).toBe(true)
})

test.each([
  '',
  '/hero.jpg',
  'hero.jpg/',
  'a//b',
  '..',
  '../secret',
  'a/../b',
  'a/.hidden',
  '.env',
  'a\\b',
  'a b.jpg',
  'a\0.jpg',
  'a\n.jpg',
  '%2e%2e/secret',
  'x'.repeat(201),
])('%p cannot name a file', (text) => {
  expect(isMediaKey(text)).toBe(false)
})

test.each([
  ['Hero Shot (final).JPG', 'hero-shot-final.jpg'],
  ['Été.png', 'ete.png'],
  ['ویدیو.mp4', 'file.mp4'],
  ['.env', 'env'],
  ['clip', 'clip'],
])('an uploaded %s gets the key %s', (fileName, expected) => {
  expect(mediaKeyOf(fileName)).toBe(expected)
  expect(isMediaKey(mediaKeyOf(fileName))).toBe(true)
})
