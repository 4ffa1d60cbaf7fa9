import { describe, expect, test } from 'bun:test'
import { isLoopback, ownHost, reachOwnDirectly } from './own-address.ts'

test.each([
  ['', '127.0.0.1'],
  ['0.0.0.0', '127.0.0.1'],
  ['::', '[::1]'],
  ['::1', '[::1]'],
  ['192.168.1.5', '192.168.1.5'],
  ['fd00::5', '[fd00::5]'],
])('what listens on %p is reached at %s', (listenAddress, host) => {
  expect(ownHost({ listenAddress })).toBe(host)
})

test('only the loopback keeps other machines out', () => {
  expect(['127.0.0.1', '127.0.0.9', '::1'].map(isLoopback)).toEqual([true, true, true])
  expect(['', '0.0.0.0', '::', '192.168.1.5'].map(isLoopback)).toEqual([false, false, false, false])
})

describe('a proxy in the environment', () => {
  const cases: Record<string, string>[] = [
    { NO_PROXY: '' },
    { no_proxy: 'example.com' },
    { NO_PROXY: 'example.com', no_proxy: 'example.org' },
    { NO_PROXY: '127.0.0.1, example.com' },
  ]
  test.each(cases)('is never asked for this machine itself, with %p', (given) => {
    const env = { ...given }
    reachOwnDirectly(env, '192.168.1.5')
    for (const name of ['NO_PROXY', 'no_proxy']) {
      const hosts = env[name]!.split(',')
      expect(hosts).toContainValues(['localhost', '127.0.0.1', '::1', '192.168.1.5'])
      expect(new Set(hosts).size).toBe(hosts.length)
      for (const kept of Object.values(given).flatMap((list) => list.split(',')))
        if (kept) expect(hosts).toContain(kept.trim())
    }
  })
})
