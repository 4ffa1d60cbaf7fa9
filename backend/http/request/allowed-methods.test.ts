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

test('a path that is named as it is is for its own methods, wherever a route with a parameter stands', () => {
  const allowed = methodsOf([
    { method: 'GET', path: '/leads/:id' },
    { method: 'POST', path: '/leads/next' },
  ])
  expect(['/leads/next', '/leads/other'].map(allowed)).toEqual(['POST', 'GET, HEAD'])
})
