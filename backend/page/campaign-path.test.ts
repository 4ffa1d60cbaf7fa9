import { expect, test } from 'bun:test'
import { campaignOfPath } from './manifest.ts'

test.each(['/spring', '/radio-leeds', '/tv2', '/neighbours', '/spring/'])('%s names a campaign', (path) => {
  expect(campaignOfPath(path)).toBe(path.replaceAll('/', ''))
})

test.each([
  '/',
  '/en',
  '/pt-br',
  '/api',
  '/media',
  '/robots.txt',
  '/a/b',
  '//spring',
  '/Spring',
  '/spring//',
  '/s%70ring',
  'spring',
])('%s names none', (path) => {
  expect(campaignOfPath(path)).toBeUndefined()
})
