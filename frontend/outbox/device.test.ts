import { describe, expect, test } from 'bun:test'
import { deviceOf } from './device.ts'
import { storageInMemory } from './storage-in-memory.ts'

const refuse = () => {
  throw new DOMException('denied', 'SecurityError')
}

test('what is written is read again, listed by its name, and gone once it is removed', () => {
  const device = deviceOf(() => storageInMemory(items))
  const items = new Map<string, string>()
  expect(device.write('a', '1')).toBe(true)
  expect([device.read('a'), device.read('b'), device.names()]).toEqual(['1', undefined, ['a']])
  device.remove('a')
  expect([device.read('a'), device.names()]).toEqual([undefined, []])
})

const broken = {
  'is missing': undefined,
  'is refused': refuse,
  'throws at everything': () =>
    new Proxy({}, { get: refuse, has: refuse, set: refuse, deleteProperty: refuse }) as Storage,
  'throws on read': () => ({ ...storageInMemory(), getItem: refuse, key: refuse }),
  'throws on write': () => ({ ...storageInMemory(), setItem: refuse, removeItem: refuse }),
  'swallows what is written': () => ({ ...storageInMemory(), setItem: () => {} }),
  'returns garbage': () => ({
    length: Number.POSITIVE_INFINITY,
    key: () => ({}) as string,
    getItem: () => [] as unknown as string,
    setItem: () => {},
    removeItem: () => {},
  }),
}

describe.each(Object.keys(broken) as (keyof typeof broken)[])('a browser whose storage %s', (name) => {
  test('is taken for one that keeps nothing', () => {
    const items = broken[name]
    const device = deviceOf(() => items?.())
    expect(device.write('a', '1')).toBe(false)
    device.remove('a')
    expect([device.read('a'), device.names()]).toEqual([undefined, []])
  })
})

test('what cannot be written leaves nothing older to be believed', () => {
  const storage = storageInMemory(new Map([['a', 'old']]))
  const device = deviceOf(() => ({ ...storage, setItem: refuse }))
  expect(device.write('a', 'new')).toBe(false)
  expect(device.read('a')).toBeUndefined()
})
