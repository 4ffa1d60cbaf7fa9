import { expect, test } from 'bun:test'
import { methodsOf } from './allowed-methods.ts'

test('a path is for the methods of its routes', () => {
  const allowed = methodsOf([
    { method: 'POST', path: '/api/leads' },
    { method: 'OPTIONS', path: '/api/leads' },
    { method: 'GET', path: '/' },
    { method: 'GET', path: '/flags/:key' },
    { method: 'PUT', path: '/flags/:key' },
    { method: 'ALL', path: '/:file' },
  ])
  expect(
    [
      '/api/leads',
      '/api/leads/',
      '/',
      '/flags/film',
      '/robots.txt',
      '/flags',
      '/api/leads/x',
      '/api.leads',
    ].map(allowed),
  ).toEqual([
    'OPTIONS, POST',
    'OPTIONS, POST',
    'GET, HEAD',
    'GET, HEAD, PUT',
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})
